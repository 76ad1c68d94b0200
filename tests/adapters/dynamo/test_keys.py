"""Keys in DynamoDB: found by a digest, listed by their id, changed only if they are as they were read."""

from contextlib import nullcontext
from dataclasses import replace
from typing import Any

import pytest

from chalicelib.deps import Beside
from chalicelib.domain.finished import Finished
from chalicelib.domain.journal import begin
from chalicelib.domain.key_changes import Held, KeyChange, made, revoked, rotated
from chalicelib.domain.keys import ApiKey
from chalicelib.errors import ConditionFailed
from tests.offers import OFFERS
from tests.stores import Database
from tests.usage_builders import NOW


def keys_of(name: str) -> tuple[ApiKey, ApiKey]:
    """A key and the secret that is to take its place, everything in them set."""
    key = ApiKey(
        f"{name}-1", "page", "bk_1", frozenset({"billing", "read"}), name, True, NOW + 99, id=f"key_{name}",
        created=NOW, by="key:a", used=7, operation="op1",
    )  # fmt: skip
    return key, replace(key, digest=f"{name}-2", prefix="bk_2", by="key:b", used=None, operation="op2")


def test_a_key_is_found_by_its_digest_as_it_was_written(engine: Database, account: str) -> None:
    full, _ = keys_of(account)
    plain = ApiKey(f"{account}-p", "backend", "bk_p", frozenset({"usage"}), id=f"key_{account}-p")
    keys = engine.store().keys

    for key in (full, plain):
        keys.write(made(key))

    assert [keys.find(key.digest) for key in (full, plain)] == [full, plain]
    assert [keys.held(key.id) for key in (full, plain)] == [Held(full), Held(plain)]
    assert {row.id for row in keys.rows()} >= {full.id, plain.id}
    assert keys.find("none") is keys.held("none") is keys.ended("none") is None


def test_a_rotated_key_has_both_secrets_and_a_revoked_one_none(engine: Database, account: str) -> None:
    first, second = keys_of(account)
    keys = engine.store().keys
    keys.write(made(first))
    change, held = rotated(Held(first), second, 60, NOW)

    keys.write(change)

    assert keys.held(first.id) == held
    [row] = [row for row in keys.rows() if row.id == first.id]
    assert (row.account, row.created, row.digests) == (account, NOW, (second.digest, first.digest))
    keys.write(revoked(held, "key:c", "op3"))
    assert keys.held(first.id) is None
    assert keys.ended(first.id) == Held(
        *(replace(each, revoked=True, ended_by="key:c", operation="op3") for each in held.secrets)
    )
    assert first.id not in {row.id for row in keys.rows()}


def stale(account: str) -> list[tuple[str, KeyChange]]:
    first, second = keys_of(account)
    third = replace(second, digest=f"{account}-3", operation="op3")
    return [
        ("made once more", made(replace(third, id=first.id))),
        ("rotated from a secret that was replaced", rotated(Held(first), third, 60, NOW)[0]),
        ("revoked as it was before it was rotated", revoked(Held(first), "key:c", "op3")),
    ]


@pytest.mark.parametrize("case", range(3))
def test_a_key_that_is_not_as_it_was_read_is_left_as_it_is(engine: Database, account: str, case: int) -> None:
    first, second = keys_of(account)
    keys = engine.store().keys
    keys.write(made(first))
    change, held = rotated(Held(first), second, 60, NOW)
    keys.write(change)
    reason, late = stale(account)[case]

    with pytest.raises(ConditionFailed):
        keys.write(late)

    assert keys.held(first.id) == held, reason
    assert keys.find(f"{account}-3") is None


SINCE: list[tuple[str, dict[str, Any], bool]] = [
    ("as it was", {}, True),
    ("used", {"used": 9}, True),
    ("revoked", {"revoked": True}, False),
    ("replaced by another secret", {"operation": "op9"}, False),
    ("given another end", {"expires_at": NOW + 60}, False),
]
ASKING = [("all is set", {}), ("nothing is", {"expires_at": None, "operation": ""})]


@pytest.mark.parametrize("beside", [False, True], ids=["by itself", "beside its account"])
@pytest.mark.parametrize(("what", "fields"), ASKING, ids=[row[0] for row in ASKING])
@pytest.mark.parametrize(("reason", "since", "written"), SINCE, ids=[row[0] for row in SINCE])
def test_a_key_is_written_if_the_one_that_asks_is_as_it_was_read(  # noqa: PLR0917 - rows of two tables
    model: Database, reason: str, since: dict[str, Any], written: bool, what: str, fields: dict[str, Any], beside: bool
) -> None:
    key, store, finished = keys_of("acme")[0], model.store(), Finished("op5", "done")
    asking = replace(key, digest="asking", id="key_asking", **fields)
    store.keys.write(made(replace(asking, **since)))
    change = replace(made(key), asked_by=asking)

    with nullcontext() if written else pytest.raises(ConditionFailed):
        if beside:
            store.commit(begin(model.open("acme"), NOW, OFFERS), beside=Beside(key=change, finished=finished))
        else:
            store.keys.write(change, finished, NOW)

    assert (store.keys.held(key.id) is not None) is written, (reason, what)
    assert (store.claims.outcome("op5") is not None) is written


def test_the_day_of_use_is_written_of_a_key_that_is_there_only(engine: Database, account: str) -> None:
    key, never = keys_of(account)
    keys = engine.store().keys
    keys.write(made(key))

    keys.note_use(key, 8)

    assert keys.find(key.digest) == replace(key, used=8)
    with pytest.raises(ConditionFailed):
        keys.note_use(never, 8)
    assert keys.find(never.digest) is None


def test_a_key_from_before_keys_had_ids_still_works(model: Database, account: str) -> None:
    old = {"pk": {"S": f"K#{account}"}, "sk": {"S": "K"}, "name": {"S": "a"}, "prefix": {"S": "bk_a"}}
    old |= {"scopes": {"S": '["read"]'}, "member": {"BOOL": False}, "revoked": {"BOOL": False}}
    model.wire("PutItem", {"TableName": model.core, "Item": old})

    found = model.store().keys.find(account)

    assert found is not None
    assert (found.scopes, found.id, found.works_at(NOW)) == ({"read"}, account, True)
