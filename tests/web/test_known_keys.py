"""A key is read once in a minute by each process, and no day's use of it is forgotten."""

import logging
import secrets
from collections.abc import Iterator
from dataclasses import replace

import pytest

from chalicelib.deps import Deps
from chalicelib.domain.key_changes import Held, made, revoked
from chalicelib.domain.keys import BYTES, SCOPES, ApiKey, issued
from chalicelib.domain.periods import DAY, day_of
from chalicelib.errors import Throttled
from chalicelib.web.known_keys import KnownKeys
from tests.actions.world import Instead, World, a_world


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    with a_world() as world:
        yield world


def a_key(deps: Deps) -> tuple[str, ApiKey]:
    wanted = ApiKey("", "test", "", SCOPES, id=f"key_{secrets.token_hex(4)}", created=deps.clock.now())
    secret, key = issued(secrets.token_bytes(BYTES), deps.settings.key_pepper, wanted)
    deps.store.keys.write(made(key))
    return secret, key


def test_a_key_that_was_revoked_elsewhere_works_for_a_minute_and_no_longer(world: World) -> None:
    known, now = KnownKeys(), world.deps.clock.now()
    secret, key = a_key(world.deps)
    assert known.find(world.deps, secret, now) == key
    world.deps.store.keys.write(revoked(Held(key), "key:other", "op"))

    within, after = known.find(world.deps, secret, now + 59), known.find(world.deps, secret, now + 60)

    assert within == key
    assert after is not None
    assert (after.revoked, after.ended_by) == (True, "key:other")


def test_a_key_that_is_forgotten_is_read_anew_at_once(world: World) -> None:
    known, now = KnownKeys(), world.deps.clock.now()
    (secret, key), (other, _) = a_key(world.deps), a_key(world.deps)
    for each in (secret, other):
        known.find(world.deps, each, now)
    world.deps.store.keys.write(revoked(Held(key), "key:own", "op"))
    asked: list[str] = []
    counting = world.with_store(keys=Instead(world.deps.store.keys, {"find": lambda sought: asked.append(sought)}))

    known.forget(key.id)

    assert known.find(counting, other, now) is not None
    assert asked == []
    assert known.find(counting, secret, now) is None
    assert asked == [key.digest]


def test_the_day_of_last_use_is_written_once(world: World) -> None:
    now = world.deps.clock.now()
    secret, key = a_key(world.deps)
    days: list[int] = []

    def noted(seen: ApiKey, day: int) -> None:
        days.append(day)
        world.deps.store.keys.note_use(seen, day)

    deps = world.with_store(keys=Instead(world.deps.store.keys, {"note_use": noted}))
    for process in (KnownKeys(), KnownKeys()):
        for at in (now, now + 60, now + DAY, now + DAY + 60):
            process.find(deps, secret, at)

    assert days == [day_of(now), day_of(now + DAY)]
    assert world.deps.store.keys.find(key.digest) == replace(key, used=day_of(now + DAY))


def test_a_request_is_answered_though_its_day_cannot_be_written(world: World, caplog: pytest.LogCaptureFixture) -> None:
    secret, key = a_key(world.deps)

    def throttled(*_: object) -> None:
        raise Throttled

    deps = world.with_store(keys=Instead(world.deps.store.keys, {"note_use": throttled}))
    with caplog.at_level(logging.WARNING):
        assert KnownKeys().find(deps, secret, world.deps.clock.now()) == key

    [line] = caplog.records
    assert (line.getMessage(), vars(line)["key"], vars(line)["code"]) == ("key.use_not_noted", key.prefix, "throttled")
