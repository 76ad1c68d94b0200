"""What was scheduled happens, or somebody took it back: held over every step that only lets things happen."""

from collections.abc import Iterator
from contextlib import contextmanager

from chalicelib.domain.orders import Order
from chalicelib.domain.wishes import CANCELLED, Terms
from tests.journeys.lives.truth import ENDED, ENDING, Ahead, Raw, Sold
from tests.journeys.lives.walk import Walk


@contextmanager
def keeping(walk: Walk) -> Iterator[None]:
    """Inside, nobody wishes for anything and no dashboard schedules anything."""
    live, order = walk.truth.live(), walk.order()
    if live is None:
        yield
        return
    sold, ahead = walk.truth.sold(live), walk.truth.ahead(live)
    # A change that comes to nothing is taken back.
    waits = live["pending_update"] or walk.truth.unpaid_changes(live)
    end = live["items"]["data"][0]["current_period_end"]
    yield
    if walk.truth.now() >= (end if ahead is None else ahead.at):
        if ahead is not None and order is None:
            _check_happened(walk, live, ahead)
    elif live["status"] in ENDED:
        return
    elif order is not None and order.waiting:
        _check_resolved(walk, live, order, ahead)
    elif order is None and not waits:
        assert (walk.truth.sold(live), walk.truth.ahead(live)) == (sold, ahead), "what was promised is not"


def _check_happened(walk: Walk, live: Raw, ahead: Ahead) -> None:
    if ahead.sold == ENDING:
        assert live["status"] in ENDED, "it was to end, and goes on"
    elif live["status"] not in ENDED:
        assert walk.truth.sold(live) == ahead.sold, "what was scheduled did not happen"


def _check_resolved(walk: Walk, live: Raw, order: Order, since: Ahead | None) -> None:
    """What waited for its payment came into force, or all is as it was before; what a dashboard said since stays."""
    if walk.order() is not None or order.terms is None:
        return
    then = order.after if walk.truth.sold(live) == _sold(order.terms) else order.before
    expected, ahead = since.sold if since else then and _sold(then), walk.truth.ahead(live)
    assert (ahead and ahead.sold) == expected, "what was scheduled is lost"


def _sold(terms: Terms) -> Sold:
    return ENDING if terms == CANCELLED else (terms.plan, terms.interval or "", terms.seats)
