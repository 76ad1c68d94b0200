"""How a recharge ends, or waits: what a charge's outcome makes of the rule, and what people are told of it.

Whatever is not paid gives back what it had reserved, in the same write that says why.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from chalicelib.domain import charges
from chalicelib.domain.charges import Charge
from chalicelib.domain.credits import BY_RULE, Lot, Purchase, Stop
from chalicelib.domain.journal import Change, Line
from chalicelib.domain.notices import Kind, Notice
from chalicelib.domain.periods import DAY, Instant
from chalicelib.domain.recharge import (
    ACTION_REQUIRED,
    BACKING_OFF,
    BANK_WAITS,
    BLOCKED,
    BY_FAULT,
    LIMIT_REACHED,
    LONGEST_DEBIT,
    MONEY_CAME_BACK,
    NO_PAYMENT_METHOD,
    PENDING,
    Recharge,
    Rule,
    counts,
    declined,
    given_back,
    lifted,
    lost_by,
    overdrawn,
    settled,
    with_card,
)

ANOTHER_CARD = "another_card"
"""Why one is dropped that the bank would have wanted the customer for."""
DEBT = "what the customer owes at Stripe beside it would pass the limit: save the rule to go on"


@dataclass(frozen=True)
class Ending:
    """What one write makes of the recharge; `is_over` where nothing will be charged for it any more.

    `stop` says why it is, for whoever goes on after the invoice was made void.
    """

    recharge: Recharge
    rule: Rule
    kind: Kind | None
    is_over: bool = True
    stop: Stop | None = None

    def notices(self, account: str, number: int) -> tuple[Notice, ...]:
        if self.kind is None:
            return ()
        return (Notice(f"{self.kind}:{account}:{number}", self.kind, self.rule.detail or self.kind),)


def ending(own: Recharge, rule: Rule, charge: Charge, card: str | None, now: Instant) -> Ending | None:
    """What becomes of one that is not paid; None where it goes on as it is.

    `card` names customer and fingerprint of what was charged.
    """
    word, is_open = charges.standing(charge), charge.status == charges.OPEN
    is_asked = own.mode == ACTION_REQUIRED
    if word == charges.DRAFT:
        return None
    if word == charges.DEAD:
        return _void(own, rule, card)
    if is_open and (_waits(own, now) or (word == charges.OPEN and not is_asked)):
        return None
    if word == charges.PROCESSING:
        return _under_way(own, rule, now)
    if word == charges.NEEDS_CUSTOMER and is_open and not is_asked:
        return _waiting_for_customer(own, rule, charge, now)
    if word == charges.NO_METHOD:
        return stopped(own, rule, NO_PAYMENT_METHOD, "the payment method was taken off")
    return _declined(own, rule, charge, card or "", now)


def stopped(own: Recharge, rule: Rule, mode: str, detail: str) -> Ending:
    """It waits in this mode until whatever stopped it is mended."""
    blocked_by = (*lost_by(rule), BY_FAULT) if mode == BLOCKED else rule.blocked_by
    rule = replace(rule, detail=detail, action_url=None, blocked_by=blocked_by)
    kind: Kind = "recharge_blocked" if mode == BLOCKED else "recharge_no_payment_method"
    return replace(_over(given_back(own, mode), rule, kind), stop=Stop(mode, detail))


def resumed(own: Recharge, rule: Rule, purchase: Purchase, card: str | None, now: Instant) -> Ending | None:
    """One whose dropping was begun by somebody who died: as it was to be, whatever its invoice says by now.

    `card` is the one of now. None where nobody had begun to drop it.
    """
    stop = purchase.stop
    if stop is None:
        return None
    if stop.word == LIMIT_REACHED:
        return by_another_card(_misfit(own, rule, stop.cost, purchase.pack), stop.card, card)
    if stop.word == ANOTHER_CARD:
        return _anew(own, rule, stop.card)
    if stop.word in (charges.DECLINED, charges.REFUSED_FOR_GOOD):
        found = _refused(own, rule, stop, now)
    else:
        found = stopped(own, rule, stop.word, stop.detail or "")
    return by_another_card(found, stop.card, card)


def too_dear(own: Recharge, rule: Rule, charge: Charge, pack: str) -> Ending:
    """It would pass the limit: no such pack fits any more, which the same write finds and tells.

    What a customer owes at Stripe is in what is due, too; it is not the pack's price.
    """
    if charge.due > charge.total and not overdrawn(own, charge.total.amount):
        return stopped(own, rule, BLOCKED, DEBT)
    return _misfit(own, rule, charge.total.amount, pack)


def by_another_card(found: Ending, tried: str | None, card: str | None) -> Ending:
    """The same, where another card is there than the one that was tried: that one has done nothing wrong.

    Nor need the bank's question about the old one be answered. Which one was tried goes into its `stop`: whoever goes
    on finds only the card of then.
    """
    if found.recharge.mode == ACTION_REQUIRED and card not in (None, tried):
        return _anew(found.recharge, found.rule, tried)
    if found.stop is not None:
        found = replace(found, stop=replace(found.stop, card=tried))
    if not found.is_over or card in (None, tried):
        return found
    rule = lifted(found.rule)
    return replace(found, recharge=with_card(found.recharge, rule, card), rule=rule)


def _anew(own: Recharge, rule: Rule, tried: str | None) -> Ending:
    """Nobody was declined: the write that gives it back begins the next one."""
    over = _over(given_back(own), replace(rule, detail=None, action_url=None), None)
    return replace(over, stop=Stop(ANOTHER_CARD, card=tried))


def _misfit(own: Recharge, rule: Rule, cost: int, pack: str) -> Ending:
    """The rule may buy another pack by now, whose price this cost says nothing of."""
    fallen = replace(given_back(own), price=max(own.price, cost if pack == rule.pack else 0))
    return replace(_over(fallen, rule, None), stop=Stop(LIMIT_REACHED, cost=cost))


def _over(own: Recharge, rule: Rule, kind: Kind | None) -> Ending:
    """One that is over; where another recharge's money came back meanwhile, no card is charged again by itself."""
    if not lost_by(rule):
        return Ending(own, rule, kind)
    own, rule = replace(own, mode=BLOCKED, look_at=None), replace(rule, detail=MONEY_CAME_BACK)
    return Ending(own, rule, "recharge_blocked")


def granted(
    change: Change, purchase: Purchase, charge: Charge, queue: Iterable[Lot], rule: Rule | None
) -> tuple[Change, Rule | None]:
    """The change with its credits come in and its money spent, and the rule if that is another one now.

    Paid before this period began, it was that one's money. Without its rule it is one that had been given up.
    """
    own = change.after.recharge
    credits, paid, account = purchase.credits, charge.paid, change.after.account
    lot = Lot(purchase.id, BY_RULE, credits, credits, change.now)
    change = change.granting(lot, queue, Line(BY_RULE, credits, purchase.cause, money=paid))
    told = f"{credits} credits for {paid}"
    change = change.noticing(Notice(f"recharge_done:{account}:{purchase.id}", "recharge_done", told))
    if own is None:
        return change, None
    charged = paid.amount if counts(own, change.after.period, purchase.paid_at) else 0
    if rule is None:
        return change.setting(recharge=replace(own, spent=own.spent + charged)), None
    cost = charge.total.amount if purchase.pack == rule.pack else own.price
    over = _over(settled(own, charged, cost), replace(rule, action_url=None), None)
    change = change.setting(recharge=over.recharge).noticing(*over.notices(account, own.count))
    return change, over.rule if over.rule != rule else None


def _waits(own: Recharge, now: Instant) -> bool:
    """Whether the customer still has time to satisfy the bank."""
    return own.mode == ACTION_REQUIRED and own.look_at is not None and now < own.look_at


def _void(own: Recharge, rule: Rule, card: str | None) -> Ending:
    """By somebody at Stripe: of what we make void ourselves `resumed` knows why."""
    if card is None:
        return stopped(own, rule, NO_PAYMENT_METHOD, "the payment method was taken off")
    return stopped(own, rule, BLOCKED, "its invoice was made void at Stripe: save the rule to go on")


def _under_way(own: Recharge, rule: Rule, now: Instant) -> Ending | None:
    """A debit takes days, and Stripe tells its end."""
    if own.look_at is not None and own.look_at > now + DAY:
        return None
    own, rule = replace(own, mode=PENDING, look_at=now + LONGEST_DEBIT), replace(rule, action_url=None)
    return Ending(own, rule, None, is_over=False)


def _waiting_for_customer(own: Recharge, rule: Rule, charge: Charge, now: Instant) -> Ending:
    """Told once, even if another card was there for a while in between."""
    is_known = rule.action_url is not None and rule.action_url == charge.hosted_url
    after = replace(own, mode=ACTION_REQUIRED, look_at=now + BANK_WAITS)
    rule = replace(rule, detail="the bank wants the customer to confirm the payment", action_url=charge.hosted_url)
    return Ending(after, rule, None if is_known else "recharge_action_required", is_over=False)


def _declined(own: Recharge, rule: Rule, charge: Charge, card: str, now: Instant) -> Ending:
    hard = charges.standing(charge) == charges.REFUSED_FOR_GOOD
    word = charges.REFUSED_FOR_GOOD if hard else charges.DECLINED
    return _refused(own, rule, Stop(word, charge.refusal, card), now)


def _refused(own: Recharge, rule: Rule, stop: Stop, now: Instant) -> Ending:
    hard = stop.word == charges.REFUSED_FOR_GOOD
    after, rule = declined(own, rule, stop.card or "", now, hard=hard)
    why = stop.detail or "the customer did not confirm it"
    told = {BACKING_OFF: ": it is tried again", BLOCKED: ": it is not tried again before there is another card"}
    rule = replace(rule, detail=f"the payment was declined ({why}){told.get(after.mode, '')}")
    kind: Kind = "recharge_blocked" if after.mode == BLOCKED else "recharge_declined"
    return replace(_over(after, rule, kind), stop=stop)
