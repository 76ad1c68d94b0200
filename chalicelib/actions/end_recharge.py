"""How a recharge goes on and ends: paid and granted, or dropped and what it had reserved given back.

Every write looks whether this very recharge is still in flight, so the reply, the webhook and the sweep may all come.
"""

from collections.abc import Callable
from dataclasses import replace

from chalicelib.actions.change_account import Commit, change_account, read
from chalicelib.deps import Beside, Deps
from chalicelib.domain import charges, recharge_ends
from chalicelib.domain.accounts import Profile, State
from chalicelib.domain.cards import card_of, named
from chalicelib.domain.charges import Charge
from chalicelib.domain.credits import Purchase
from chalicelib.domain.journal import begin
from chalicelib.domain.purchases import FAILED, OPEN, PAID
from chalicelib.domain.recharge import Recharge, Rule, overdrawn, purchase_id
from chalicelib.domain.recharge_ends import Ending
from chalicelib.errors import ConditionFailed
from chalicelib.messages import RechargeMessage

End = Callable[[Recharge, Profile, Rule], Ending | None]
"""What is to become of the recharge in flight; None where it stays as it is."""


def go_on(deps: Deps, message: RechargeMessage, charge: Charge) -> None:
    """What follows from the charge as it stands."""
    if charges.standing(charge) == charges.PAID:
        return settle(deps, message, charge)

    def end(own: Recharge, profile: Profile, rule: Rule) -> Ending | None:
        tried = named(profile, charge.fingerprint) if charge.fingerprint else card_of(profile)
        found = recharge_ends.ending(own, rule, charge, tried, deps.clock.now())
        return found and recharge_ends.by_another_card(found, tried, card_of(profile))

    return _end(deps, message, end)


def give_up(deps: Deps, message: RechargeMessage, mode: str, detail: str) -> None:
    """It is not charged; the rule waits in this mode."""
    _end(deps, message, lambda own, _, rule: recharge_ends.stopped(own, rule, mode, detail))


def is_within_limit(deps: Deps, message: RechargeMessage, charge: Charge, pack: str) -> bool:
    """Whether the exact cost may be charged, and is reserved; one that may not is dropped, and all given back."""
    cost, account = charge.due.amount, message.account
    found: list[Recharge | None] = []

    def decide(state: State, _: Profile) -> Commit | None:
        change = begin(state, deps.clock.now(), deps.catalogue).because(_cause(message))
        own = _in_flight(change.after, message)
        found[:] = [own]
        if own is None or overdrawn(own, cost) or cost <= own.reserved:
            return None
        return Commit(change.setting(recharge=replace(own, reserved=cost)))

    change_account(deps, account, decide)
    own = found[-1]
    if own is not None and not overdrawn(own, cost):
        return True
    if own is None:
        _drop(deps, message, charge)
    _end(deps, message, lambda own, _, rule: recharge_ends.too_dear(own, rule, charge, pack))
    return False


def _drop(deps: Deps, message: RechargeMessage, charge: Charge) -> None:
    """One that somebody gave up while its invoice was being made: nobody is to pay it."""
    deps.stripe.charges.drop(charge.stripe_invoice_id)
    purchase = deps.store.purchase(message.account, purchase_id(message.number), consistent=True)
    if purchase is not None and purchase.state == OPEN:
        deps.store.save_purchase(replace(purchase, state=FAILED), was=OPEN)


def settle(deps: Deps, message: RechargeMessage, charge: Charge) -> None:
    """Its credits granted once, and what was really charged counted against the limit.

    The purchase is marked first, by a write of its own: what keeps the grant from happening twice is the recharge in
    flight, which the granting write ends. One that was given up and is paid all the same is granted by its purchase.
    """
    account, name = message.account, purchase_id(message.number)
    purchase = deps.store.purchase(account, name, consistent=True)
    if purchase is None or purchase.stripe_invoice_id != charge.stripe_invoice_id:
        return
    paid = replace(purchase, state=PAID, paid=charge.paid, stripe_payment_intent_id=charge.stripe_payment_intent_id)
    if purchase.state == OPEN and _in_flight(read(deps, account)[0], message):
        _marked(deps, paid)

    def decide(state: State, _: Profile) -> Commit | None:
        is_late, rule = _in_flight(state, message) is None, deps.store.rule(account, consistent=True)
        known = deps.store.purchase(account, name, consistent=True)
        if known is None or (is_late and known.state not in (OPEN, FAILED)):
            return None
        queue = deps.store.lots(state)
        if queue is None:
            raise ConditionFailed({})
        change = begin(state, deps.clock.now(), deps.catalogue)
        change, rule = recharge_ends.granted(change, paid, charge, queue, None if is_late else rule)
        beside = Beside(purchase=paid, purchase_was=known.state) if is_late else Beside(rule=rule)
        return Commit(change.because(_cause(message)), beside=beside)

    change_account(deps, account, decide)


def _marked(deps: Deps, paid: Purchase) -> None:
    try:
        deps.store.save_purchase(paid, was=OPEN)
    except ConditionFailed:
        return


def _end(deps: Deps, message: RechargeMessage, end: End) -> None:
    account, name = message.account, purchase_id(message.number)

    def decide(state: State, profile: Profile) -> Commit | None:
        # In a new period nothing is spent yet.
        change = begin(state, deps.clock.now(), deps.catalogue).because(_cause(message))
        own, rule = _in_flight(change.after, message), deps.store.rule(account, consistent=True)
        ending = end(own, profile, rule) if own and rule else None
        if ending is None:
            return None
        purchase = deps.store.purchase(account, name, consistent=True)
        failed = replace(purchase, state=FAILED) if purchase and ending.is_over else None
        if failed and failed.stripe_invoice_id:
            # Before anything is given back nobody can pay it any more: raises if somebody just did.
            deps.stripe.charges.drop(failed.stripe_invoice_id)
        change = change.setting(recharge=ending.recharge).noticing(*ending.notices(account, message.number))
        return Commit(change, beside=Beside(purchase=failed, rule=ending.rule))

    change_account(deps, account, decide)


def _in_flight(state: State, message: RechargeMessage) -> Recharge | None:
    own = state.recharge
    return own if own is not None and own.is_going(message.number) else None


def _cause(message: RechargeMessage) -> str:
    return f"recharge:{purchase_id(message.number)}"
