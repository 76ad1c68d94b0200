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
from chalicelib.domain.periods import Instant
from chalicelib.domain.purchases import FAILED, OPEN, PAID
from chalicelib.domain.recharge import Recharge, Rule, overdrawn, purchase_id, told_without_card, with_card
from chalicelib.domain.recharge_ends import Ending
from chalicelib.errors import ConditionFailed
from chalicelib.messages import RechargeMessage

End = Callable[[Recharge, Profile, Rule], Ending | None]
"""What is to become of the recharge in flight; None where it stays as it is."""


def go_on(deps: Deps, message: RechargeMessage, charge: Charge) -> None:
    """What follows from the charge as it stands; one that is being dropped is dropped, unless money is on its way."""
    word = charges.standing(charge)
    if word == charges.PAID:
        return settle(deps, message, charge)

    def end(own: Recharge, profile: Profile, rule: Rule) -> Ending | None:
        tried = named(profile, charge.fingerprint) if charge.fingerprint else card_of(profile)
        found = recharge_ends.ending(own, rule, charge, tried, deps.clock.now())
        return found and recharge_ends.by_another_card(found, tried, card_of(profile))

    return _end(deps, message, end, resumes=word != charges.PROCESSING)


def give_up(deps: Deps, message: RechargeMessage, mode: str, detail: str, card: str | None = None) -> None:
    """It is not charged; the rule waits in this mode, unless another card is there by now than was seen."""

    def end(own: Recharge, profile: Profile, rule: Rule) -> Ending:
        found = recharge_ends.stopped(own, rule, mode, detail)
        return recharge_ends.by_another_card(found, card, card_of(profile))

    _end(deps, message, end)


def reserve_cost(deps: Deps, message: RechargeMessage, charge: Charge, pack: str) -> bool:
    """The exact cost is reserved; False where it may not be charged, and is dropped and all given back."""
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
    state = read(deps, account)[0]
    # By a clock that goes behind, a period may begin that somebody else has opened already.
    paid = _paid(purchase, charge, max(deps.clock.now(), state.period.start))
    if purchase.state == OPEN and _in_flight(state, message):
        _marked(deps, paid)

    def decide(state: State, profile: Profile) -> Commit | None:
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
        commit = Commit(change.because(_cause(message)), beside=beside)
        return _lacking_card(commit, rule, profile) if rule and card_of(profile) is None else commit

    change_account(deps, account, decide)


def _lacking_card(commit: Commit, rule: Rule, profile: Profile) -> Commit:
    """The card went while the recharge was in flight, which then was left alone.

    The profile is written with it as it is, so that a card that comes in this moment is not overlooked.
    """
    change = commit.change
    if change is None or change.after.recharge is None:
        return commit
    before = change.after.recharge
    after = with_card(before, rule, None)
    told = told_without_card(before, after, change.after.account, change.before.entries)
    return replace(commit, change=change.setting(recharge=after).noticing(*told), profile=profile)


def _paid(purchase: Purchase, charge: Charge, now: Instant) -> Purchase:
    """The purchase as paid; who comes again later leaves the instant as it is."""
    intent, at = charge.stripe_payment_intent_id, purchase.paid_at or now
    return replace(purchase, state=PAID, paid=charge.paid, stripe_payment_intent_id=intent, paid_at=at, stop=None)


def _marked(deps: Deps, paid: Purchase) -> None:
    try:
        deps.store.save_purchase(paid, was=OPEN)
    except ConditionFailed:
        return


def _end(deps: Deps, message: RechargeMessage, end: End, *, resumes: bool = True) -> None:
    account, name = message.account, purchase_id(message.number)

    def decide(state: State, profile: Profile) -> Commit | None:
        # In a new period nothing is spent yet.
        change = begin(state, deps.clock.now(), deps.catalogue).because(_cause(message))
        own, rule = _in_flight(change.after, message), deps.store.rule(account, consistent=True)
        if own is None or rule is None:
            return None
        purchase, card = deps.store.purchase(account, name, consistent=True), card_of(profile)
        begun = recharge_ends.resumed(own, rule, purchase, card, deps.clock.now()) if purchase and resumes else None
        ending = begun or end(own, profile, rule)
        if ending is None:
            return None
        failed = _dropped(deps, purchase, ending) if purchase and ending.is_over else None
        change = change.setting(recharge=ending.recharge).noticing(*ending.notices(account, message.number))
        return Commit(change, beside=Beside(purchase=failed, rule=ending.rule))

    change_account(deps, account, decide)


def _dropped(deps: Deps, purchase: Purchase, ending: Ending) -> Purchase:
    """The purchase as failed: before anything is given back nobody can pay it any more. Raises if somebody just did."""
    invoice = purchase.stripe_invoice_id
    if invoice is None:
        return replace(purchase, state=FAILED)
    if ending.stop is not None and purchase.stop is None and purchase.state == OPEN:
        purchase = replace(purchase, stop=ending.stop)
        deps.store.save_purchase(purchase, was=OPEN)
    deps.stripe.charges.drop(invoice)
    return replace(purchase, state=FAILED)


def _in_flight(state: State, message: RechargeMessage) -> Recharge | None:
    own = state.recharge
    return own if own is not None and own.is_going(message.number) else None


def _cause(message: RechargeMessage) -> str:
    return f"recharge:{purchase_id(message.number)}"
