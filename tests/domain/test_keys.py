"""What a key is, which keys it may make, and how one is rotated."""

from dataclasses import replace
from typing import Any

import pytest

from chalicelib.domain.key_changes import Held, made, revoked, rotated
from chalicelib.domain.keys import BYTES, SCOPES, ApiKey, covers, digest, issued, looks_like_key, reaches

NOW = 1_000_000
OWN = ApiKey("d0", "backend", "bk_0", SCOPES, id="key_0")
ONE = replace(OWN, account="acme", scopes=frozenset({"read", "admin"}), expires_at=NOW + 100)

COVERED: list[tuple[str, ApiKey, dict[str, Any], bool]] = [
    ("all of itself", OWN, {}, True),
    ("fewer scopes", OWN, {"scopes": frozenset({"read"})}, True),
    ("one account of all", OWN, {"account": "acme"}, True),
    ("a person always named", OWN, {"requires_member": True}, True),
    ("an end where it has none", OWN, {"expires_at": NOW}, True),
    ("all of itself, of one account", ONE, {}, True),
    ("a scope more", ONE, {"scopes": frozenset({"read", "admin", "usage"})}, False),
    ("another scope", ONE, {"scopes": frozenset({"usage"})}, False),
    ("another account", ONE, {"account": "other"}, False),
    ("every account", ONE, {"account": None}, False),
    ("an earlier end", ONE, {"expires_at": NOW + 99}, True),
    ("a later end", ONE, {"expires_at": NOW + 101}, False),
    ("no end", ONE, {"expires_at": None}, False),
    ("no person where it needs one", replace(OWN, requires_member=True), {"requires_member": False}, False),
]


@pytest.mark.parametrize(("reason", "own", "wanted", "may"), COVERED, ids=[row[0] for row in COVERED])
def test_a_key_makes_keys_of_at_most_its_own_reach(reason: str, own: ApiKey, wanted: dict[str, Any], may: bool) -> None:
    assert covers(own, replace(own, **wanted)) is may, reason


REACHED = [("all", None, None, True), ("one of all", None, "a", True), ("its own", "a", "a", True)]
REACHED += [("another's", "a", "b", False), ("that of all", "a", None, False)]


@pytest.mark.parametrize(("reason", "own", "other", "may"), REACHED)
def test_a_key_knows_of_the_keys_of_its_account(reason: str, own: str | None, other: str | None, may: bool) -> None:
    assert reaches(replace(OWN, account=own), replace(OWN, account=other)) is may, reason


WORKS = [
    ("for ever", {}, True),
    ("a second before its end", {"expires_at": NOW + 1}, True),
    ("not at its end", {"expires_at": NOW}, False),
    ("not once it is revoked", {"revoked": True}, False),
]


@pytest.mark.parametrize(("reason", "fields", "works"), WORKS)
def test_a_key_works_until_its_end(reason: str, fields: dict[str, Any], works: bool) -> None:
    assert replace(OWN, **fields).works_at(NOW) is works, reason


def test_a_key_is_kept_as_a_digest_that_needs_the_pepper() -> None:
    secret, kept = issued(bytes(BYTES), "pepper", replace(OWN, account="acme", used=3))

    assert looks_like_key(secret)
    assert secret not in repr(kept)
    assert (kept.digest, kept.account, kept.prefix, kept.used) == (digest(secret, "pepper"), "acme", secret[:11], None)
    assert kept.digest != digest(secret, "salt")


@pytest.mark.parametrize(("random", "scope"), [(b"short", "read"), (bytes(BYTES), "root")])
def test_a_weak_key_or_an_unknown_scope_is_not_made(random: bytes, scope: str) -> None:
    with pytest.raises(ValueError, match="random bytes"):
        issued(random, "pepper", replace(OWN, scopes=frozenset({scope})))


FIRST, SECOND, THIRD = (replace(OWN, digest=f"d{n}", prefix=f"bk_{n}", operation=f"op{n}", by=f"by{n}") for n in "123")

ENDS = [
    ("a key without an end", None, 60, NOW + 60),
    ("an end that comes later", NOW + 100, 60, NOW + 60),
    ("an end that comes sooner", NOW + 30, 60, NOW + 30),
]


@pytest.mark.parametrize(("reason", "end", "overlap", "old_ends"), ENDS, ids=[row[0] for row in ENDS])
def test_the_old_secret_works_until_the_overlap_ends_and_tells_that_it_was_replaced(
    reason: str, end: int | None, overlap: int, old_ends: int
) -> None:
    first = replace(FIRST, expires_at=end)
    second = replace(SECOND, expires_at=end)

    change, held = rotated(Held(first), second, overlap, NOW)

    assert held == change.held == Held(second, replace(first, expires_at=old_ends, operation="op2")), reason
    assert change.ended == ()


@pytest.mark.parametrize("overlap", [0, 60])
def test_a_rotated_key_was_used_when_it_was(overlap: int) -> None:
    assert rotated(Held(replace(FIRST, used=5)), SECOND, overlap, NOW)[1].used == 5


def test_without_an_overlap_the_old_secret_ends_at_once() -> None:
    change, held = rotated(Held(FIRST), SECOND, 0, NOW)

    assert held == Held(SECOND)
    assert [(each.digest, each.revoked, each.ended_by) for each in change.ended] == [("d1", True, "by2")]


def test_a_third_secret_ends_the_first_at_once() -> None:
    _, held = rotated(Held(FIRST), SECOND, 60, NOW)

    change, held = rotated(held, THIRD, 60, NOW + 1)

    assert [each.digest for each in held.secrets] == ["d3", "d2"]
    assert [(each.digest, each.revoked) for each in change.ended] == [("d1", True)]


def test_the_same_rotation_again_ends_the_secret_that_reached_nobody_and_not_the_one_in_use() -> None:
    _, held = rotated(Held(FIRST), SECOND, 60, NOW)

    change, again = rotated(held, replace(THIRD, operation=SECOND.operation), 60, NOW + 1)

    assert [each.digest for each in again.secrets] == ["d3", "d1"]
    assert again.older == held.older
    assert [each.digest for each in change.ended] == ["d2"]


def test_a_revoked_key_has_no_secret_left() -> None:
    change = revoked(Held(SECOND, FIRST), "by9", "op9")

    assert change.held is None
    assert [(each.digest, each.revoked, each.ended_by, each.operation) for each in change.secrets] == [
        ("d2", True, "by9", "op9"),
        ("d1", True, "by9", "op9"),
    ]


def test_the_audit_log_is_told_of_reach_and_prefix_and_of_no_name_or_digest() -> None:
    _, held = rotated(Held(replace(FIRST, name="Ada's")), replace(SECOND, name="Ada's"), 60, NOW)
    touches = [made(FIRST).touch, rotated(Held(FIRST), SECOND, 60, NOW)[0].touch, revoked(held, "by", "op").touch]

    assert [(each.before is None, each.after is None) for each in touches] == [
        (True, False), (False, False), (False, True),
    ]  # fmt: skip
    assert touches[1].after == {
        "prefix": "bk_2", "scopes": sorted(SCOPES), "requires_member": False, "expires_at": None,
        "old_prefix": "bk_1", "old_ends_at": NOW + 60,
    }  # fmt: skip
    assert not {"Ada's", "d1", "d2"} & {part for each in touches for part in str(each).split("'")}


USES = [("never", None, None, None), ("by the newest", 5, None, 5), ("by the older", None, 4, 4), ("by both", 5, 4, 5)]


@pytest.mark.parametrize(("reason", "newest", "older", "day"), USES)
def test_a_key_was_used_last_by_either_secret(
    reason: str, newest: int | None, older: int | None, day: int | None
) -> None:
    assert Held(replace(SECOND, used=newest), replace(FIRST, used=older)).used == day, reason
