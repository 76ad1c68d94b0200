"""Auditing an account: its items compared with each other, and its grants with what Stripe was paid. Only reads.

Entries never change, so what lies beside the state is read first, in an instant, and looked at only if no entry was
closed meanwhile; the journal below that state can then be read at leisure.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

from chalicelib.actions.change_account import read
from chalicelib.deps import Deps
from chalicelib.domain import audit as rules
from chalicelib.domain import audit_lots, audit_people, audit_recharges, payments
from chalicelib.domain.accounts import Member, Profile, State
from chalicelib.domain.audit import Items
from chalicelib.domain.charges import PAID, VOID
from chalicelib.domain.credits import Purchase
from chalicelib.domain.findings import Finding
from chalicelib.domain.fold import Fold
from chalicelib.domain.holds import MOST
from chalicelib.domain.journal import Entry
from chalicelib.domain.periods import Instant, day_of
from chalicelib.domain.refunds import GoneBack
from chalicelib.errors import StripeGone

T = TypeVar("T")

TRIES = 3
ENTRIES_AT_ONCE = 200
MOST_ENTRIES = 10_000
"""Entries that one audit reads, the newest: at most 25 MB and, read consistently, 6,400 read units. Only where these
are all there are, are adjustments read as well, each of which is one of them: at most as much again."""
LOOKS = 20
"""Invoices that one audit asks Stripe about one by one, for each of three doubts; of more of them it is the next day's
turn for the next."""


NOT_THERE = "not there"
SETTLED = (PAID, VOID, NOT_THERE)
"""How an invoice stands that nobody can pay any more; one that is uncollectible can be."""


@dataclass(frozen=True)
class _Seen:
    """What was read while no entry was closed, the newest entries too; without `items` somebody kept closing them."""

    state: State
    profile: Profile
    newest: Sequence[Entry]
    purchases: Sequence[Purchase]
    members: Sequence[Member] | None
    items: Items | None


def audit(deps: Deps, account: str, *, most_entries: int = MOST_ENTRIES) -> list[Finding]:
    """What is not as it must be; raises UnknownAccount, StripeUnavailable or StripeRefused.

    Where entries keep being closed, only what the journal itself contradicts is told.
    """
    now, seen = deps.clock.now(), _seen(deps, account, most_entries)
    fold = _folded(deps, seen, most_entries)
    found = rules.of_journal(fold)
    if seen.items is None:
        return found
    found += rules.of_items(fold, seen.items, now)
    found += _of_lots(deps, seen, fold)
    found += audit_people.of_people(seen.state, seen.profile.owners, seen.members)
    found += payments.of_purchases(fold, seen.purchases)
    found += audit_recharges.of_limit(seen.state, seen.purchases)
    return [*found, *_at_stripe(deps, seen, fold, now)]


def _seen(deps: Deps, account: str, most: int) -> _Seen:
    tries = [_tried(deps, account, most)]
    while tries[-1].items is None and len(tries) < TRIES:
        tries.append(_tried(deps, account, most))
    return tries[-1]


def _tried(deps: Deps, account: str, most: int) -> _Seen:
    state, profile = read(deps, account)
    entries = deps.store.entries(account, before=None, limit=min(ENTRIES_AT_ONCE, most))
    items = Items(
        periods=deps.store.closed_periods(account, consistent=True),
        lots=deps.store.lots(state),
        holds=deps.store.holds_expiring(account, MOST + 1),
        newest=entries[0].number if entries else -1,
    )
    purchases, members = deps.store.purchases(account), _members(deps, state)
    after = deps.store.state(account, consistent=True)
    # Usage that joins the open entry touches nothing of all this.
    is_still = after is not None and after.entries == state.entries
    return _Seen(state, profile, entries, purchases, members, items if is_still else None)


def _members(deps: Deps, state: State) -> list[Member] | None:
    if state.seats_active > audit_people.MOST:
        return None
    return deps.store.people.members(state.account, after=None, limit=audit_people.MOST)[0]


def _folded(deps: Deps, seen: _Seen, most: int) -> Fold:
    fold = Fold(seen.state, deps.catalogue, since=rules.since(seen.items) if seen.items else seen.state.period.start)
    entries, taken = seen.newest, 0
    while entries:
        for entry in entries:
            fold.take(entry)
        before, taken = entries[-1].position, taken + len(entries)
        if taken >= most or fold.number == 0:
            break
        entries = deps.store.entries(seen.state.account, before=before, limit=min(ENTRIES_AT_ONCE, most - taken))
    fold.end(is_cut=taken >= most)
    return fold


def _of_lots(deps: Deps, seen: _Seen, fold: Fold) -> Iterator[Finding]:
    if seen.items is None or seen.items.lots is None or not fold.is_whole:
        return
    given = deps.store.adjustments(seen.state.account) if audit_lots.has_adjustments(fold) else []
    expiries = {each.id: each.expires_at for each in given if each.expires_at}
    yield from audit_lots.of_lots(fold, seen.items.lots, expiries, {each.id: each.at for each in seen.purchases})


def _at_stripe(deps: Deps, seen: _Seen, fold: Fold, now: Instant) -> Iterator[Finding]:
    """A customer that is gone answers for nothing any more."""
    customer = seen.profile.stripe_customer_id
    if customer is None:
        return
    try:
        packs = deps.stripe.charges.paid_packs(customer)
    except StripeGone:
        return
    told = {each.cause for each in payments.ungranted(fold, seen.purchases)}
    owed = [each for each in payments.unanswered(fold, packs, now) if each.cause not in told]
    doubtful = payments.unlisted(fold, seen.purchases, packs, now)
    unpaid = {each.cause: status for each in _todays(doubtful, now) if (status := _invoice(deps, each)) != PAID}
    yield from payments.of_stripe(unpaid, [each for each in _todays(owed, now) if not _is_sent_back(deps, each)])
    left = _todays(audit_recharges.stranded(seen.state, seen.purchases, now), now)
    payable = {each.cause: status for each in left if (status := _invoice(deps, each)) not in SETTLED}
    yield from audit_recharges.of_stranded(payable)


def _todays(doubtful: Sequence[T], now: Instant) -> list[T]:
    """Each of them within some days, in turn."""
    first = day_of(now) * LOOKS % max(1, len(doubtful))
    return [*doubtful[first:], *doubtful[:first]][:LOOKS]


def _invoice(deps: Deps, purchase: Purchase) -> str:
    """How the invoice stands, perhaps an earlier customer's; one that Stripe has no more is taken for paid."""
    if purchase.stripe_invoice_id is None:
        return NOT_THERE
    try:
        return deps.stripe.charges.charge(purchase.stripe_invoice_id).status
    except StripeGone:
        return PAID


def _is_sent_back(deps: Deps, pack: payments.PaidPack) -> bool:
    """Whether all of its money went back, so that nothing is owed for it."""
    charge = deps.stripe.charges.charge(pack.stripe_invoice_id)
    intent = charge.stripe_payment_intent_id
    gone = deps.stripe.refunds.gone_back(intent) if intent else GoneBack()
    return 0 < charge.paid.amount == gone.of(charge.paid)
