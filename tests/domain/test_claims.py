"""What a claim of an idempotency key means for whoever comes with the same key."""

from dataclasses import replace

import pytest

from chalicelib.domain.claims import HELD_SECONDS, KEPT_SECONDS, Kept, claimed, meaning
from tests.builders import NOW

CLAIM = claimed("id", "this", "op", NOW)
ANSWERED = CLAIM.answered(Kept(200, {}))
LATER = replace(CLAIM.going_on_with(CLAIM), until=NOW + KEPT_SECONDS + 10)


@pytest.mark.parametrize(
    ("reason", "found", "request_", "now", "means"),
    [
        ("just begun", CLAIM, "this", NOW, "running"),
        ("the last second of its lease", CLAIM, "this", NOW + HELD_SECONDS - 1, "running"),
        ("its lease is over", CLAIM, "this", NOW + HELD_SECONDS, "left"),
        ("let go at once", CLAIM.let_go(), "this", NOW, "left"),
        ("another request while it runs", CLAIM, "other", NOW, "reused"),
        ("another request after it was left", CLAIM.let_go(), "other", NOW, "reused"),
        ("another request after the answer", ANSWERED, "other", NOW, "reused"),
        ("answered", ANSWERED, "this", NOW, "answered"),
        ("the last second of the day", ANSWERED, "this", NOW + KEPT_SECONDS - 1, "answered"),
        ("a day later", ANSWERED, "this", NOW + KEPT_SECONDS, "free"),
        ("another request a day later", ANSWERED, "other", NOW + KEPT_SECONDS, "free"),
        ("left a day ago", CLAIM.let_go(), "this", NOW + KEPT_SECONDS, "free"),
        ("given up", CLAIM.given_up(NOW), "this", NOW, "free"),
        ("given up, another request", CLAIM.given_up(NOW), "other", NOW, "free"),
        ("gone on with past its day", LATER, "this", NOW + KEPT_SECONDS, "free"),
    ],
)
def test_what_is_found_means(reason: str, found: object, request_: str, now: int, means: str) -> None:
    assert meaning(found, request_, now) == means, reason  # type: ignore[arg-type] a claim in every row


def test_who_goes_on_works_under_the_same_operation_until_the_same_day_ends() -> None:
    mine = claimed("id", "this", "mine", NOW + HELD_SECONDS)

    on = mine.going_on_with(CLAIM)

    assert (on.operation, on.expires) == (CLAIM.operation, CLAIM.expires)
    assert (on.run, on.until) == ("mine", mine.until)
