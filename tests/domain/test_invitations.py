"""Invitations as rules: when one is over, what opens it, and who guesses too often."""

from typing import Any

import pytest

from chalicelib.domain.invitations import Invitation, hash_of, locked_for, mistried, opens
from chalicelib.domain.periods import Instant

NOW: Instant = 1_000_000


def an_invitation(**fields: Any) -> Invitation:
    usual = {"id": "i1", "email": "bob@example.com", "role": "member", "token_hash": hash_of("token")}
    return Invitation(**{**usual, "at": NOW, "expires_at": NOW + 10, "by": "key:test", **fields})


@pytest.mark.parametrize(("at", "is_over"), [(NOW, False), (NOW + 9, False), (NOW + 10, True), (NOW + 11, True)])
def test_is_over_when_it_expires(at: Instant, is_over: bool) -> None:
    assert an_invitation().is_over(at) is is_over


@pytest.mark.parametrize(
    ("reason", "token", "opened"),
    [
        ("its own", "token", True),
        ("another", "tokem", False),
        ("a part of it", "toke", False),
        ("more than it", "token=", False),
        ("another case", "Token", False),
        ("its hash, as it is stored", hash_of("token"), False),
        ("not ASCII", "tökén", False),
    ],
)
def test_only_its_own_token_opens_it(reason: str, token: str, opened: bool) -> None:
    assert opens(an_invitation(), token) is opened, reason


@pytest.mark.parametrize(
    ("reason", "tries", "since", "seconds"),
    [
        ("nobody has tried", 0, 0, 0),
        ("one may still try", 9, 0, 0),
        ("and then none for a minute", 10, 0, 60),
        ("which is counted from the first try", 10, 59, 1),
        ("and then over", 10, 60, 0),
        ("more than ten", 11, 59, 1),
        ("a clock that is behind waits no longer", 10, -100, 60),
    ],
)
def test_is_locked_for_the_rest_of_the_minute(reason: str, tries: int, since: int, seconds: int) -> None:
    tried = an_invitation(tries=tries, tried_from=NOW)

    assert locked_for(tried, NOW + since) == seconds, reason


def test_wrong_tokens_are_counted_by_the_minute_that_the_first_began() -> None:
    counted = [an_invitation()]
    for at in (NOW, NOW + 30, NOW + 59, NOW + 60, NOW + 61):
        counted.append(mistried(counted[-1], at))

    assert [(each.tries, each.tried_from - NOW) for each in counted[1:]] == [(1, 0), (2, 0), (3, 0), (1, 60), (2, 60)]


def test_those_that_expire_first_stand_first() -> None:
    places = [an_invitation(expires_at=at, id=each).place for at, each in ((9, "b"), (10, "a"), (10, "b"), (100, "a"))]

    assert places == sorted(places)
