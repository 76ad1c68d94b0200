"""The open entry closes before STATE takes a second write unit, and not before it holds enough to be worth it."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from chalicelib.actions.count_usage import count_usage
from chalicelib.adapters.dynamo import sizes
from chalicelib.domain.accounts import State
from chalicelib.domain.catalogue import Catalogue, parse
from chalicelib.domain.periods import DAY
from chalicelib.domain.usage import LARGEST, UsageEvent
from tests import builders
from tests.adapters.dynamo.wires import Recorded
from tests.bench.capacity import item_size
from tests.invariants import WRITE_UNIT, assert_sound
from tests.offers import OFFERS, TEXT
from tests.stores import Database, FixedClock
from tests.usage_builders import NOW, a_reading, an_event, an_opening

LEAST_EVENTS = 9
LONGEST = 128


def weighed_down(state: State) -> State:
    """Everything in STATE that can be long, as long as it gets."""
    gauges = state.gauged_at.keys()
    return replace(
        state,
        version=10**9 + 7,
        entries=98_765_432,
        standing="grace",
        grace_until=NOW + DAY + 1,
        seats_bought=12_345,
        seats_active=12_345,
        used={m: 12_345_679 if m in gauges else LARGEST - 10**9 - 1 for m in state.used},
        credits_used={m: LARGEST - 10**9 - 1 for m in state.credits_used},
        gauged_at=dict.fromkeys(gauges, NOW - 1),
        granted=LARGEST,
        spent=LARGEST - 10**9 - 1,
        lots_version=98_765_431,
        due=NOW + DAY + 1,
        fence=NOW - 1,
    )


def open_heaviest(database: Database, account: str, plan: str) -> None:
    """The heaviest account that the database's catalogue allows, with a journal that began before the window."""
    state = replace(weighed_down(with_meters_of(database.catalogue, account)), plan=plan)
    _, profile, entry, owner = an_opening(account)
    last = replace(entry, number=state.entries - 1, day_before=0)
    database.store().open_account(state, profile, last, owner)


def with_meters_of(catalogue: Catalogue, account: str) -> State:
    gauges = [m.id for m in catalogue.meters.values() if m.kind == "gauge"]
    counters = [m for m in catalogue.meters if m not in gauges]
    return replace(
        an_opening(account)[0],
        used=dict.fromkeys(catalogue.meters, 0),
        credits_used=dict.fromkeys(counters, 0),
        gauged_at=dict.fromkeys(gauges, 0),
    )


def entries_of(wire: Recorded) -> Iterator[dict[str, Any]]:
    """The entries that the wire saw close."""
    for operation, request in wire.calls:
        if operation == "TransactWriteItems":
            yield request["TransactItems"][1]["Put"]["Item"]


def closings(wire: Recorded) -> list[int]:
    """How many ids each closing of the wire took into its entry."""
    return [len(entry["ids"]["B"]) // 12 for entry in entries_of(wire)]


@pytest.fixture
def heaviest(model: Database) -> Database:
    """With the product's own catalogue."""
    return replace(model, catalogue=builders.a_catalogue())


def test_on_the_heaviest_account_each_closed_entry_holds_enough_events(heaviest: Database) -> None:
    account = "a" * LONGEST
    open_heaviest(heaviest, account, "enterprise")
    wire, most = Recorded(heaviest.wire), 0
    deps = heaviest.deps(heaviest.store(wire))

    for k in range(130):
        count_usage(deps, account, [an_event(f"e{k}", "enrichments", at=NOW)])
        item = heaviest.item(account)
        assert item is not None
        most = max(most, item_size(item))

    held = closings(wire)[1:]
    assert most <= WRITE_UNIT
    assert max(map(item_size, entries_of(wire))) <= WRITE_UNIT
    assert len(held) >= 2
    assert min(held) >= LEAST_EVENTS, held


@pytest.mark.parametrize("others", [1, 3])
def test_state_stays_in_one_write_unit_though_others_write_from_old_memories(heaviest: Database, others: int) -> None:
    account = "a" * LONGEST
    open_heaviest(heaviest, account, "enterprise")
    processes = [heaviest.deps() for _ in range(1 + others)]
    seen = Counter[int]()

    for k in range(110):
        deps, meter = processes[k % len(processes)], ("sessions", "events", "enrichments")[k % 3]
        count_usage(deps, account, [an_event(f"e{k}", meter, at=NOW)])
        item = heaviest.item(account)
        assert item is not None
        seen[item_size(item)] += 1

    assert max(seen) <= WRITE_UNIT
    assert max(seen) > WRITE_UNIT * 8 // 10


THEIR_IDS = [an_event(f"t{k}", "events") for k in range(45)]
THEIR_SUMS = [an_event(f"t{k}", "events", 10**14 + k, at=NOW - k * DAY) for k in range(23)]


@pytest.mark.parametrize(("theirs", "mine"), [(THEIR_IDS, 20), (THEIR_SUMS, 28)], ids=["their ids", "their sums"])
def test_a_batch_that_fitted_when_the_state_was_read_does_not_swell_it(
    model: Database, account: str, theirs: list[UsageEvent], mine: int
) -> None:
    model.open(account, at=NOW - 27 * DAY)
    count_usage(model.deps(), account, [an_event("first", "events")])
    wire = Recorded(model.wire)
    store = model.store(wire)
    store.state(account, consistent=True)
    for event in theirs:
        count_usage(model.deps(), account, [event])
    before = model.state(account)

    count_usage(model.deps(store), account, [an_event(f"m{k}", "events") for k in range(mine)])

    assert before.entries == 1
    assert wire.writes == ["UpdateItem", "TransactWriteItems"]
    assert assert_sound(model, account).entries == 2


def test_a_batch_that_does_not_fit_closes_at_once(model: Database, account: str) -> None:
    model.open(account)
    wire = Recorded(model.wire)
    deps = model.deps(model.store(wire))

    count_usage(deps, account, [an_event(f"a{k}", "events") for k in range(30)])
    count_usage(deps, account, [an_event(f"b{k}", "events") for k in range(200)])
    count_usage(deps, account, [an_event(f"c{k}", "events") for k in range(30)])

    assert wire.writes == ["UpdateItem", "TransactWriteItems", "UpdateItem"]
    assert closings(wire) == [230]


def test_many_days_in_one_batch_close_rather_than_swell_the_state(model: Database, account: str) -> None:
    model.open(account, at=NOW - 60 * DAY)
    clock = FixedClock()
    deps = model.deps(clock=clock)

    for back in range(34, -1, -1):
        events = [an_event(f"{meter}{back}", meter, at=NOW - back * DAY) for meter in ("runs", "calls", "events")]
        count_usage(deps, account, events)
        item = model.item(account)
        assert item is not None
        assert item_size(item) <= WRITE_UNIT


def crowded() -> Catalogue:
    """As many meters as storage has letters for."""
    more = "".join(
        f'\n[meters.more_{code}]\nname = "More"\nunit = "x"\nkind = "counter"\ncode = "{code}"\nwarning_percent = 80\n'
        for code in "fgh"
    )
    return parse(TEXT.replace("[meters.storage]", more + "\n[meters.storage]"))


def test_a_catalogue_of_all_eight_meters_still_counts_in_one_write_unit(model: Database) -> None:
    database = replace(model, catalogue=crowded())
    account = "a" * LONGEST
    open_heaviest(database, account, "free")
    wire = Recorded(database.wire)
    deps = database.deps(database.store(wire))

    for k in range(30):
        count_usage(deps, account, [an_event(f"e{k}", "events")])
        item = database.item(account)
        assert item is not None
        assert item_size(item) <= WRITE_UNIT

    assert wire.writes.count("TransactWriteItems") < 20


# -- the estimate that decides


@pytest.mark.parametrize(
    ("reason", "value", "size"),
    [
        ("no digits", {"N": "0"}, 2),
        ("one digit", {"N": "7"}, 2),
        ("two", {"N": "42"}, 2),
        ("three", {"N": "421"}, 3),
        ("zeros at the end weigh nothing", {"N": "4200"}, 2),
        ("a sign weighs", {"N": "-42"}, 3),
        ("the largest quantity", {"N": str(LARGEST)}, 9),
        ("letters", {"S": "abc"}, 3),
        ("letters of two bytes", {"S": "äöü"}, 6),
        ("bytes", {"B": b"abc"}, 3),
        ("a truth", {"BOOL": True}, 1),
        ("nothing", {"NULL": True}, 1),
        ("a map", {"M": {"a": {"N": "1"}}}, 3 + 1 + 1 + 2),
        ("a list", {"L": [{"N": "1"}, {"S": "ab"}]}, 3 + 3 + 3),
        ("a set of bytes", {"BS": [b"ab", b"cd"]}, 3 + 3 + 3),
        ("a set of numbers", {"NS": ["1", "22"]}, 3 + 3 + 3),
        ("a set of texts", {"SS": ["ä", "b"]}, 3 + 3 + 2),
    ],
)
def test_sizes_are_what_aws_documents(reason: str, value: dict[str, object], size: int) -> None:
    assert sizes.value_size(value) == size, reason


@pytest.mark.parametrize("digits", range(1, 17))
def test_the_estimate_never_falls_short_of_the_documented_size_by_more_than_the_reserve(digits: int) -> None:
    for number in (10**digits - 1, 10 ** (digits - 1), 10 ** (digits - 1) + 1, 2 * 10 ** (digits - 1) + 1):
        ours, documented = sizes.number_size(str(number)), item_size({"": {"N": str(number)}})
        assert ours >= documented - 1, number


def test_events_of_a_gauge_weigh_their_id_only(model: Database, account: str) -> None:
    model.open(account)
    wire = Recorded(model.wire)
    deps = model.deps(model.store(wire))

    for k in range(80):
        count_usage(deps, account, [a_reading(f"g{k}", k % 80, at=NOW - 100 + k)])

    assert 40 < closings(wire)[0] < 80


# -- the catalogue changes


def test_a_new_meter_is_taken_up_by_a_closing_and_then_is_ordinary(model: Database, account: str) -> None:
    model.open(account)
    after_a_deployment = replace(model, catalogue=crowded())
    wire = Recorded(model.wire)
    deps = after_a_deployment.deps(after_a_deployment.store(wire))

    for k in range(3):
        count_usage(deps, account, [UsageEvent(f"e{k}", "more_f", NOW, 1)])

    assert wire.writes == ["TransactWriteItems", "UpdateItem", "UpdateItem"]
    assert after_a_deployment.state(account).used["more_f"] == 3


def test_old_and_new_processes_count_side_by_side_while_a_deployment_goes_on(model: Database, account: str) -> None:
    model.open(account)
    newer = replace(model, catalogue=crowded())
    old, new = model.deps(), newer.deps()

    for k in range(60):
        count_usage(new, account, [UsageEvent(f"new{k}", "more_f", NOW, 1)])
        count_usage(old, account, [an_event(f"old{k}", "events")])
    count_usage(old, account, [an_event("closing", quantity=50)])

    state = assert_sound(newer, account)
    assert (state.used["more_f"], state.used["events"], state.used["runs"]) == (60, 60, 50)


def test_usage_goes_on_when_a_meter_is_taken_away(model: Database, account: str) -> None:
    model.open(account)
    count_usage(model.deps(), account, [an_event("e1", quantity=12), an_event("e2", "events")])
    count_usage(model.deps(), account, [an_event("e3", quantity=2), a_reading("g", 40)])
    less = replace(OFFERS, meters={m: meter for m, meter in OFFERS.meters.items() if m not in ("runs", "storage")})
    after = replace(model, catalogue=less)

    for k in range(5):
        count_usage(after.deps(), account, [an_event(f"after{k}", "events")])
    count_usage(after.deps(), account, [an_event("closing", "sessions", 9)])
    count_usage(after.deps(clock=FixedClock(NOW + 31 * DAY)), account, [an_event("later", "events", at=NOW + 31 * DAY)])

    state = assert_sound(model, account)
    assert (state.used["events"], state.used["storage"], state.spent) == (1, 40, 40)
