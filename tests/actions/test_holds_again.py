"""A hold that is placed again under its id: whoever hears that it is there may start work on it."""

from collections.abc import Callable

import pytest

from chalicelib.actions.book_due import book_due
from chalicelib.actions.close_hold import capture_hold, release_hold
from chalicelib.actions.place_hold import place_hold
from chalicelib.deps import Deps
from chalicelib.domain.holds import Capture, Hold
from chalicelib.errors import BillingError, HoldClosed, HoldExists, HoldExpired
from chalicelib.messages import DueMessage
from tests.stores import Database, FixedClock
from tests.usage_builders import NOW

KEY = "key:test"
Act = Callable[[Deps, str], object]


def place(deps: Deps, account: str, credits: int = 60) -> tuple[Hold, bool]:
    return place_hold(deps, account, "h1", credits, 600, KEY)


def nothing(_deps: Deps, _account: str) -> None:
    pass


def capture(deps: Deps, account: str) -> None:
    capture_hold(deps, account, "h1", Capture(25), KEY)


def release(deps: Deps, account: str) -> None:
    release_hold(deps, account, "h1", KEY)


def sweep(deps: Deps, account: str) -> None:
    book_due(deps, DueMessage(account, NOW + 600))


CASES: list[tuple[str, Act, int, type[BillingError] | None]] = [
    ("it is open", nothing, 0, None),
    ("it is open for a second more", nothing, 599, None),
    ("its time is over", nothing, 600, HoldExpired),
    ("its time was over and is booked so", sweep, 600, HoldExpired),
    ("it was captured", capture, 0, HoldClosed),
    ("it was released", release, 0, HoldClosed),
    ("it was released when its time was over", release, 600, HoldExpired),
]


@pytest.mark.parametrize(("reason", "became", "seconds", "error"), CASES)
def test_nobody_is_told_that_credits_are_held_which_are_not(
    model: Database, account: str, reason: str, became: Act, seconds: int, error: type[BillingError] | None
) -> None:
    model.open(account, granted=100)
    clock = FixedClock()
    deps = model.deps(clock=clock)
    first, _ = place(deps, account)
    clock.at += seconds
    became(deps, account)
    before = model.items(account)

    if error is None:
        assert place(deps, account) == (first, False), reason
    else:
        with pytest.raises(error):
            place(deps, account)

    with pytest.raises(HoldExists):
        place(deps, account, 59)
    assert model.items(account) == before
