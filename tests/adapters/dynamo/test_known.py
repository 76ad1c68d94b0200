"""Which ids are known: exact or None, out of reads that may be stale, torn or partial, in bounded memory."""

import os
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from chalicelib.actions.count_usage import count_usage
from chalicelib.adapters.dynamo.identities import IDS_IN_WINDOW, MERGE, Cache, Log, identify
from chalicelib.adapters.dynamo.journal_records import entry_sk
from chalicelib.adapters.dynamo.known import log_of
from chalicelib.deps import Known
from chalicelib.domain.accounts import State
from chalicelib.domain.periods import DAY, day_of
from chalicelib.domain.usage import WINDOW
from tests.stores import Database, FixedClock
from tests.usage_builders import NOW, a_state, an_event, named

TODAY = day_of(NOW)
FIRST_DAY = day_of(NOW - WINDOW) - 1

Row = dict[str, Any]


def a_row(number: int, *ids: str, day: int = TODAY, before: int = TODAY) -> Row:
    """An entry as the query gives it."""
    row: Row = {"n": {"N": str(number)}, "y": {"N": str(day)}, "b": {"N": str(before)}}
    return row | ({"ids": {"B": b"".join(map(named, ids))}} if ids else {})


class Answers:
    """A query that gives these rows, one list after the other, and keeps what it was asked."""

    def __init__(self, *rows: list[Row]) -> None:
        self._rows = iter(rows)
        self.asked: list[dict[str, Any]] = []

    def __call__(self, request: dict[str, Any]) -> list[Row]:
        self.asked.append(request)
        return next(self._rows)

    @property
    def consistent(self) -> list[bool]:
        return [request["ConsistentRead"] for request in self.asked]


def found(answers: Answers, state: State, cache: Cache | None = None, now: int = NOW) -> Log | None:
    return log_of(state, now, cache or Cache(), answers, "core")


OPENING = a_row(0, before=FIRST_DAY - 1)
ONE, TWO = a_row(1, "a", "b"), a_row(2, "c")
THREE_ENTRIES = a_state(entries=3, day=TODAY)


def test_one_look_is_enough_where_nothing_is_missing() -> None:
    answers = Answers([OPENING, ONE, TWO])

    log = found(answers, THREE_ENTRIES)

    assert log is not None
    assert [log.holds(named(each)) for each in "abcd"] == [True, True, True, False]
    assert answers.consistent == [False]


@pytest.mark.parametrize(
    ("reason", "rows", "consistent"),
    [
        ("the newest is missing, then there", [[OPENING, ONE], [TWO]], [False, False]),
        ("missing twice: the third look is consistent", [[OPENING, ONE], [], [TWO]], [False, False, True]),
        ("a gap between", [[OPENING, TWO], [OPENING, ONE, TWO]], [False, False]),
        ("the oldest is missing", [[ONE, TWO], [OPENING, ONE, TWO]], [False, False]),
        ("nothing at all yet", [[], [], [OPENING, ONE, TWO]], [False, False, True]),
        ("more than the state knows of", [[OPENING, ONE, TWO, a_row(3, "d")]], [False]),
    ],
)
def test_looks_again_until_every_entry_is_there(reason: str, rows: list[list[Row]], consistent: list[bool]) -> None:
    answers = Answers(*rows)

    log = found(answers, THREE_ENTRIES)

    assert log is not None, reason
    assert [log.holds(named(each)) for each in "abc"] == [True] * 3
    assert answers.consistent == consistent


def test_says_nothing_where_entries_are_missing_even_from_a_consistent_look() -> None:
    answers = Answers([OPENING], [], [ONE])

    assert found(answers, THREE_ENTRIES) is None


def test_asks_only_for_what_it_has_not_seen() -> None:
    cache, newer = Cache(), a_state(entries=4, day=TODAY)
    found(Answers([OPENING, ONE, TWO]), THREE_ENTRIES, cache)
    answers = Answers([a_row(3, "d")])

    log = found(answers, newer, cache)

    assert log is not None
    assert log.holds(named("a"))
    assert log.holds(named("d"))
    assert answers.asked[0]["ExpressionAttributeValues"][":from"] == {"S": entry_sk(TODAY, 3)}


def test_asks_nothing_where_it_has_seen_enough() -> None:
    cache = Cache()
    found(Answers([OPENING, ONE, TWO]), THREE_ENTRIES, cache)

    assert found(Answers(), THREE_ENTRIES, cache) is not None
    assert found(Answers(), replace(THREE_ENTRIES, entries=2), cache) is not None


@pytest.mark.parametrize(
    ("reason", "rows", "state", "known"),
    [
        ("the entry before is too old to matter", [a_row(7, "a", before=FIRST_DAY - 1)], a_state(entries=8), True),
        ("the entry before still matters", [a_row(7, "a", before=FIRST_DAY)], a_state(entries=8), False),
        ("nothing in the window, and rightly so", [], a_state(entries=8, day=FIRST_DAY - 1), True),
        ("nothing in the window, though there is", [], a_state(entries=8, day=FIRST_DAY), False),
    ],
)
def test_the_windows_first_day_is_where_looking_back_ends(
    reason: str, rows: list[Row], state: State, *, known: bool
) -> None:
    log = found(Answers(rows, rows, rows), state)

    assert (log is not None) is known, reason


def test_forgets_what_it_saw_when_the_window_moves_on() -> None:
    cache = Cache()
    found(Answers([OPENING, ONE, TWO]), THREE_ENTRIES, cache)
    answers = Answers([a_row(1, "a", before=FIRST_DAY), TWO])

    log = found(answers, THREE_ENTRIES, cache, now=NOW + DAY)

    assert log is not None
    assert answers.asked[0]["ExpressionAttributeValues"][":from"] == {"S": f"E#{FIRST_DAY + 1:05}"}
    assert not log.holds(named("b")) or log.oldest == FIRST_DAY + 1


# -- ids and memory


def test_identities_are_96_bits_and_differ_by_salt() -> None:
    [one], [other] = identify(b"salt one", ["e1"]), identify(b"salt two", ["e1"])

    assert len(one) == 12
    assert one != other
    assert identify(b"salt one", ["e1", "e2"])[0] == one


@pytest.mark.parametrize("count", [1, MERGE, MERGE + 1, 5 * MERGE, 20_000])
def test_a_log_holds_what_was_added_and_nothing_else(count: int) -> None:
    log, ids = Log(0, 0, 0), [os.urandom(12) for _ in range(count)]

    for start in range(0, count, 40):
        log.add(ids[start : start + 40], start // 40 + 1, 0)

    assert all(log.holds(each) for each in ids)
    assert not any(log.holds(os.urandom(12)) for _ in range(100))
    assert log.entries == (count + 39) // 40


def test_a_log_of_many_ids_takes_little_more_than_their_bytes() -> None:
    log = Log(0, 0, 0)

    for k in range(500):
        log.add([os.urandom(12) for _ in range(40)], k + 1, 0)

    assert log.size < 20_000 * 12 * 3


def test_memory_is_bounded_and_the_longest_untouched_account_goes_first() -> None:
    cache = Cache(size=20_000)

    for k in range(10):
        log = Log(0, 0, 0)
        log.add([os.urandom(12) for _ in range(40)], 1, 0)
        cache.keep(f"a{k}", log)
        if k > 1:
            cache.keep("a1", cache.log("a1") or log)

    kept = [k for k in range(10) if cache.log(f"a{k}")]
    assert 1 in kept
    assert 9 in kept
    assert 0 not in kept
    assert sum((cache.log(f"a{k}") or log).size for k in kept) <= 20_000


def test_a_log_that_grows_is_weighed_anew_and_one_that_is_dropped_is_given_back() -> None:
    cache, log, other = Cache(size=10_000), Log(0, 0, 0), Log(0, 0, 0)
    cache.keep("other", other)
    cache.keep("grows", log)

    log.add([os.urandom(12) for _ in range(200)], 1, 0)
    cache.keep("grows", log)

    assert cache.log("other") is None
    cache.drop_log("grows")
    cache.drop_log("grows")
    cache.keep("other", other)
    cache.keep("another", Log(0, 0, 0))
    assert cache.log("other") is other


def test_one_log_larger_than_the_bound_is_kept_since_it_is_in_use() -> None:
    cache, log = Cache(size=100), Log(0, 0, 0)

    cache.keep("a", log)

    assert cache.log("a") is log


def test_remembers_the_newest_state_of_an_account_and_a_bounded_number_of_them() -> None:
    cache = Cache(states=2)
    cache.remember(a_state("a", version=5))
    cache.remember(a_state("a", version=4))
    cache.remember(a_state("b"))

    kept = cache.state("a")
    cache.remember(a_state("a", version=6))
    cache.remember(a_state("c"))

    assert kept is not None
    assert kept.version == 5
    assert cache.state("b") is None
    assert cache.state("a") is not None


def test_a_store_reads_the_window_of_an_old_account_only(database: Database, account: str) -> None:
    start = NOW - 100 * DAY
    database.open(account, at=start)
    for day in range(0, 101, 10):
        clock = FixedClock(start + day * DAY)
        count_usage(database.deps(clock=clock), account, [an_event(f"d{day}", quantity=11, at=clock.at)])

    state = database.store().state(account, consistent=True)
    assert state is not None
    store = database.store()
    identities = store.identities(state, [f"d{day}" for day in range(0, 101, 10)])
    known = store.known(state, identities, NOW)

    assert known is not None
    days = [day for day, identity in zip(range(0, 101, 10), identities, strict=True) if identity in known.ids]
    assert set(days) >= {70, 80, 90, 100}
    assert not set(days) & {0, 10, 20, 30, 40}


def test_the_room_is_that_beside_the_ids_that_were_looked_at_whoever_drops_them_meanwhile(
    model: Database, account: str
) -> None:
    model.open(account)
    count_usage(model.deps(), account, [an_event(f"e{k}", "events") for k in range(100)])
    store, state = model.store(), model.state(account)
    ids = store.identities(state, ["e0", "new"])

    def another_thread_at_another_day() -> Iterator[bytes]:
        yield ids[0]
        store.known(state, [], NOW + 2 * WINDOW)
        yield ids[1]

    known = store.known(state, another_thread_at_another_day(), NOW)

    assert known == Known(frozenset(ids[:1]), IDS_IN_WINDOW - 100)


def test_keys_of_entries_sort_as_their_days_and_numbers_do() -> None:
    keys = [entry_sk(day, number) for day, number in ((9, 99_999_999), (10, 0), (10, 1), (20_522, 2), (99_999, 3))]

    assert keys == sorted(keys)
