"""Auto-recharge: when an account's rule buys a pack, and what each thing that happens to that makes of it.

Every write of STATE asks `decided`, and nothing else begins a recharge: so it begins in the very write that brought the
credits below the threshold, with its price reserved against the spending limit, and two can never run. The states and
what moves them are drawn in README.md beside this file.
"""

from dataclasses import dataclass, replace

from chalicelib.domain.money import Money
from chalicelib.domain.notices import Kind, Notice
from chalicelib.domain.periods import DAY, HOUR, Instant, Period

IDLE, PENDING, ACTION_REQUIRED = "idle", "pending", "action_required"
BACKING_OFF, BLOCKED, NO_PAYMENT_METHOD = "backing_off", "blocked", "no_payment_method"
LIMIT_REACHED = "limit_reached"
BY_CARD, BY_FAULT = "card", "fault"
"""What blocks: the card until there is another one, a fault at Stripe until the rule is saved anew. A purchase whose
money came back blocks until then, too, or until nothing of it is lost any more."""
MONEY_CAME_BACK = "money of a recharge was refunded or is disputed: save the rule to go on"
NO_CARD = "there is no payment method to charge: add one in the portal"
CARD_REFUSED = "the card was declined: it is not tried again before there is another card"
IN_FLIGHT = frozenset({PENDING, ACTION_REQUIRED})
STARTED: Kind = "recharge_started"
WAITS = (HOUR, 6 * HOUR)
"""Seconds until the next attempt, after the first and the second decline in a row."""
LOOK = 60
"""Seconds after which a recharge that has begun is looked for, should nobody have taken it up."""
BANK_WAITS = 23 * HOUR
"""Seconds that the customer has to satisfy the bank: an hour less than Stripe remembers a key."""
LONGEST_DEBIT = 14 * DAY
"""Seconds after which a debit on its way is looked for; a bank has answered long before."""


@dataclass(frozen=True, slots=True)
class Recharge:
    """The rule as far as a decision needs it, and where its recharge stands; money in the catalogue's currency.

    `price` is what one pack is expected to cost with tax, `spent` the money charged in this usage period less what was
    refunded, `reserved` what the one in flight may cost. `count` numbers the recharges that began. `look_at` is when
    somebody looks again: at one in flight, or after a decline. `told`: in this period the limit was told to be reached.
    `since` is where the money of this period began to count, if that was before the period, which a subscription cut
    short then.
    """

    enabled: bool
    threshold: int
    price: int
    limit: int
    spent: int = 0
    reserved: int = 0
    count: int = 0
    mode: str = IDLE
    look_at: Instant | None = None
    told: bool = False
    since: Instant | None = None

    @property
    def in_flight(self) -> bool:
        return self.mode in IN_FLIGHT

    def is_going(self, number: int) -> bool:
        """Whether the one in flight is this one."""
        return self.in_flight and self.count == number

    @property
    def left_to_spend(self) -> int:
        """What is left of the limit; a limit that was lowered below what is spent leaves nothing."""
        return max(0, self.limit - self.spent - self.reserved)

    @property
    def fits(self) -> bool:
        """Whether one more pack stays within the limit."""
        return self.spent + self.reserved + self.price <= self.limit

    def is_ready(self, now: Instant) -> bool:
        """Whether only credits and limit decide."""
        waited = self.mode == BACKING_OFF and self.look_at is not None and self.look_at <= now
        return self.enabled and (self.mode == IDLE or waited)

    def wants(self, available: int, now: Instant) -> bool:
        """Whether it would buy, did the limit allow it."""
        return self.is_ready(now) and available < self.threshold

    def waits(self, available: int, now: Instant) -> bool:
        """Whether it begins as soon as the credits fall below its threshold."""
        return self.is_ready(now) and available >= self.threshold


@dataclass(frozen=True)
class Rule:
    """What the customer set, and what is shown beside it but decides nothing.

    `declines` were had in a row by the card with this fingerprint of this customer, the last one by the recharge with
    the number `declined`. `blocked_by` names what blocks it: `card`, `fault`, and purchases whose money came back.
    """

    pack: str
    detail: str | None = None
    action_url: str | None = None
    declines: int = 0
    declined: int = 0
    card: str | None = None
    blocked_by: tuple[str, ...] = ()


def decided(recharge: Recharge, available: int, now: Instant) -> Recharge:
    """The recharge as a write leaves it that leaves this many credits available: begun, told of its limit, or the same.

    >>> decided(Recharge(True, threshold=10, price=500, limit=500), available=9, now=0).mode
    'pending'
    >>> decided(Recharge(True, threshold=10, price=500, limit=499), available=9, now=0).mode
    'idle'
    """
    if recharge.mode == BACKING_OFF and recharge.is_ready(now):
        recharge = given_back(recharge)
    if not recharge.wants(available, now):
        return recharge
    if not recharge.fits:
        return replace(recharge, told=True)
    number, price = recharge.count + 1, recharge.price
    return replace(recharge, mode=PENDING, reserved=price, count=number, look_at=now + LOOK)


def told(before: Recharge, after: Recharge, account: str, period_start: Instant, currency: str) -> tuple[Notice, ...]:
    """What `decided` is to tell."""
    if after.count != before.count:
        about = f"{STARTED}:{account}:{after.count}"
        return (Notice(about, STARTED, f"{Money(after.reserved, currency)} are reserved for a recharge"),)
    if after.told and not before.told:
        kind: Kind = "recharge_limit_reached"
        spent, limit = Money(after.spent, currency), Money(after.limit, currency)
        detail = f"{spent} of {limit} are spent: no pack fits into what is left"
        return (Notice(f"{kind}:{account}:{period_start}", kind, detail),)
    return ()


def is_refused(rule: Rule | None, card: str | None) -> bool:
    """Whether this card was declined for good, or too often."""
    return rule is not None and BY_CARD in rule.blocked_by and rule.card == card


def chosen(known: Rule | None, pack: str, card: str | None) -> Rule:
    """The rule as it is saved with none in flight: nothing blocks it but its own card, whose declines still count."""
    if known is None or card not in (None, known.card):
        return Rule(pack)
    by_card = tuple(each for each in known.blocked_by if each == BY_CARD)
    detail = known.detail if by_card and known.blocked_by == by_card else None
    return replace(known, pack=pack, detail=detail, action_url=None, blocked_by=by_card)


def saved(wish: Recharge, before: Recharge | None, mode: str) -> Recharge:
    """The rule as it is saved: what was spent stays spent, and one in flight goes its way."""
    if before is None:
        return replace(wish, mode=mode)
    kept = replace(before, enabled=wish.enabled, threshold=wish.threshold, price=wish.price, limit=wish.limit)
    return kept if before.in_flight else given_back(kept, mode)


def told_without_card(before: Recharge | None, after: Recharge, account: str, entry: int) -> tuple[Notice, ...]:
    """What the write of this entry tells that leaves a rule in force without a card: once, until one was there or it
    was off.
    """
    told_before = before is not None and before.enabled and before.mode == NO_PAYMENT_METHOD
    if told_before or not after.enabled or after.mode != NO_PAYMENT_METHOD:
        return ()
    kind: Kind = "recharge_no_payment_method"
    return (Notice(f"{kind}:{account}:rule:{entry}", kind, NO_CARD),)


def cost_of(price: int, tax_percent: int) -> int:
    """What a price comes to with tax on top, rounded up."""
    return price + -(-price * tax_percent // 100)


def settled(recharge: Recharge, charged: int, cost: int) -> Recharge:
    """Paid: what was really charged counts against the limit; the next one is expected to cost the same."""
    spent = recharge.spent + charged
    return replace(recharge, mode=IDLE, spent=spent, reserved=0, price=cost or recharge.price, look_at=None)


def given_back(recharge: Recharge, mode: str = IDLE, look_at: Instant | None = None) -> Recharge:
    """Not paid: nothing is reserved any more."""
    return replace(recharge, mode=mode, reserved=0, look_at=look_at)


def overdrawn(recharge: Recharge, cost: int) -> bool:
    """Whether the limit forbids this cost: it was lowered since it began, or the cost came out higher."""
    return recharge.spent + cost > recharge.limit


def declined(recharge: Recharge, rule: Rule, card: str, now: Instant, *, hard: bool) -> tuple[Recharge, Rule]:
    """Backs off an hour, then six; the third decline in a row for one card blocks it, and a hard one at once.

    A rule that is switched off by now does not try again, so it has nothing to wait for.
    """
    is_next = rule.card == card and rule.declined == recharge.count - 1
    declines = rule.declines + 1 if is_next else 1
    rule = replace(rule, declines=declines, declined=recharge.count, card=card, action_url=None)
    if hard or declines > len(WAITS):
        return given_back(recharge, BLOCKED), replace(rule, blocked_by=(*_others(rule), BY_CARD))
    if not recharge.enabled:
        return given_back(recharge), rule
    return given_back(recharge, BACKING_OFF, now + WAITS[declines - 1]), rule


def with_card(recharge: Recharge, rule: Rule, card: str | None) -> Recharge:
    """Another card is there, or none: what failed for the old one is tried with it. One in flight goes its way."""
    by_card = recharge.mode == BACKING_OFF or (recharge.mode == BLOCKED and not _others(rule))
    if recharge.in_flight or (recharge.mode == BLOCKED and not by_card):
        return recharge
    if card is None:
        return given_back(recharge, NO_PAYMENT_METHOD)
    if is_refused(rule, card):
        return given_back(recharge, BLOCKED)
    is_other = recharge.mode == NO_PAYMENT_METHOD or (by_card and rule.card != card)
    return given_back(recharge) if is_other else recharge


def reconsidered(recharge: Recharge, now: Instant) -> Recharge:
    """One that waited for the bank and its customer, now that another card is there: whoever looks begins anew."""
    return replace(recharge, mode=PENDING, look_at=now) if recharge.mode == ACTION_REQUIRED else recharge


def lifted(rule: Rule) -> Rule:
    """The rule that its card does not block any more."""
    return replace(rule, blocked_by=_others(rule))


def lost_by(rule: Rule) -> tuple[str, ...]:
    """The purchases that block it."""
    return tuple(each for each in _others(rule) if each != BY_FAULT)


def _others(rule: Rule) -> tuple[str, ...]:
    """What blocks it beside its card."""
    return tuple(each for each in rule.blocked_by if each != BY_CARD)


def shown(recharge: Recharge, available: int, now: Instant) -> str:
    """The state that people see. A limit that is in the way is no state of its own: any write may find it gone.

    A rule that is switched off lacks no card.
    """
    if recharge.mode == NO_PAYMENT_METHOD and not recharge.enabled:
        return IDLE
    if recharge.wants(available, now) and not recharge.fits:
        return LIMIT_REACHED
    return IDLE if recharge.is_ready(now) else recharge.mode


def in_new_period(recharge: Recharge) -> Recharge:
    """Counters of money belong to their period, too; a reservation moves along."""
    return replace(recharge, spent=0, told=False, since=None)


def counts(recharge: Recharge, period: Period, paid_at: Instant | None) -> bool:
    """Whether what was paid then counts against the limit of this period, and frees it where it goes back.

    Paid by a clock that goes ahead of ours, it still does.
    """
    since = period.start if recharge.since is None else recharge.since
    return paid_at is not None and paid_at >= since


def next_look(recharge: Recharge, available: int, period_end: Instant) -> Instant | None:
    """When somebody must look at it though nobody asked: at one in flight, after a decline, or in a new period."""
    if recharge.look_at is not None and (recharge.in_flight or recharge.enabled):
        return recharge.look_at
    waits_for_period = recharge.enabled and recharge.mode == IDLE and available < recharge.threshold
    return period_end if waits_for_period and recharge.price <= recharge.limit else None


def purchase_id(number: int) -> str:
    """The id, within its account, of the purchase that a recharge makes."""
    return f"r{number}"
