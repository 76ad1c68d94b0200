"""The self-audit of recharges: what counts against the limit, and purchases that nobody looks after any more."""

from collections.abc import Iterator, Mapping, Sequence

from chalicelib.domain.accounts import State
from chalicelib.domain.credits import BY_RULE, Purchase
from chalicelib.domain.findings import RECHARGE_STRANDED, SPENT_DIFFERS, Finding
from chalicelib.domain.payments import is_on_its_way
from chalicelib.domain.periods import HOUR, Instant
from chalicelib.domain.purchases import OPEN
from chalicelib.domain.recharge import counts


def of_limit(state: State, purchases: Sequence[Purchase]) -> Iterator[Finding]:
    """What is said to be spent, against what was charged and not refunded; one in flight is not counted yet."""
    own = state.recharge
    if own is None:
        return
    ours = [each for each in purchases if each.kind == BY_RULE and not is_on_its_way(state, each)]
    counted = [each for each in ours if counts(own, state.period, each.paid_at)]
    charged = sum(each.paid.amount - each.refunded for each in counted if each.paid)
    if charged != own.spent:
        yield Finding(SPENT_DIFFERS, f"{own.spent} is spent of the limit, by the recharges' purchases {charged}")


def stranded(state: State, purchases: Sequence[Purchase], now: Instant) -> list[Purchase]:
    """Recharges' purchases that are open, and not the one in flight: nothing will ever settle them by itself.

    One saved just now may belong to a process that is about to give it up.
    """
    ours = [each for each in purchases if each.kind == BY_RULE and each.state == OPEN]
    return [each for each in ours if each.at + HOUR < now and not is_on_its_way(state, each)]


def of_stranded(invoices: Mapping[str, str]) -> Iterator[Finding]:
    """By the purchase's cause how its invoice stands, which somebody may yet pay."""
    for cause, status in invoices.items():
        yield Finding(RECHARGE_STRANDED, f"{cause} is open and not in flight, and its invoice at Stripe is {status}")
