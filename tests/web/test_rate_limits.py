"""A key may ask so often in a second; test_auth.py has what becomes of a request beyond that."""

import pytest

from chalicelib.request_errors import TooManyRequests
from chalicelib.web.rate_limits import RateLimits, Second, asked_once_more

COUNTS = [
    ("the first", Second(7), 7, 2, Second(7, 1)),
    ("the last that may", Second(7, 1), 7, 2, Second(7, 2)),
    ("one too many", Second(7, 2), 7, 2, None),
    ("the next second", Second(7, 2), 8, 2, Second(8, 1)),
    ("a clock that was put back", Second(7, 2), 6, 2, Second(6, 1)),
]


@pytest.mark.parametrize(("reason", "second", "now", "limit", "after"), COUNTS, ids=[row[0] for row in COUNTS])
def test_a_second_takes_up_to_the_limit_and_not_past_it(
    reason: str, second: Second, now: int, limit: int, after: Second | None
) -> None:
    assert asked_once_more(second, now, limit) == after, reason


def test_each_key_is_counted_by_itself() -> None:
    limits = RateLimits()
    limits.count("one", now=7, limit=1)

    limits.count("other", now=7, limit=1)

    with pytest.raises(TooManyRequests):
        limits.count("one", now=7, limit=1)
    limits.count("one", now=8, limit=1)


def test_a_limit_of_zero_is_none() -> None:
    limits = RateLimits()

    for _ in range(1_000):
        limits.count("one", now=7, limit=0)
