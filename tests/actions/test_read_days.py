"""Usage by day is exact however far the projection lags behind the journal, and whatever it is told twice or not."""

from collections.abc import Sequence

import pytest

from chalicelib.actions.correct_usage import correct_usage
from chalicelib.actions.count_usage import count_usage
from chalicelib.actions.project_journal import LAG, project_journal
from chalicelib.actions.read_days import read_days
from chalicelib.domain.corrections import Correction
from chalicelib.domain.journal import Entry, begin
from chalicelib.domain.periods import DAY, day_of
from chalicelib.domain.usage import UsageEvent
from chalicelib.errors import Unavailable, UnknownAccount
from tests.adapters.dynamo.wires import Struck, answer_lost
from tests.offers import OFFERS
from tests.stores import Database, FixedClock
from tests.usage_builders import CREATED, NOW, a_reading, an_event

TODAY = day_of(NOW)
Shown = dict[tuple[int, str], tuple[int, int]]
FIRST, LAST = 0, TODAY + 999


def count(database: Database, account: str, *events: UsageEvent, now: int = NOW) -> None:
    count_usage(database.deps(clock=FixedClock(now)), account, events)


def shown(database: Database, account: str, first: int = FIRST, last: int = LAST) -> Shown:
    return dict(read_days(database.deps(), account, first, last))


def project(database: Database, entries: Sequence[Entry]) -> None:
    project_journal(database.deps(), entries)


def close(database: Database, account: str, now: int) -> None:
    """Ends the open entry, as any change that is not usage does."""
    database.store().commit(begin(database.state(account), now, OFFERS))


def lived(database: Database, account: str, days: int = 30) -> Shown:
    """An account with usage on each of so many days, some of it late; what its days must show."""
    database.open(account)
    expected: dict[tuple[int, str], list[int]] = {}
    for k in range(days):
        now = CREATED + k * DAY + 3_600
        late = CREATED + (k // 2) * DAY + 3_600
        count(database, account, an_event(f"e{k}", "events", k + 1, at=now), a_reading(f"g{k}", k, now), now=now)
        close(database, account, now)
        count(database, account, an_event(f"l{k}", "calls", 2, at=late), now=now)
        close(database, account, now)
        expected.setdefault((day_of(now), "events"), [0, 0])[0] += k + 1
        expected.setdefault((day_of(late), "calls"), [0, 0])[0] += 2
        expected[day_of(now), "storage"] = [k, 0]
    return {key: (quantity, credits) for key, (quantity, credits) in expected.items()}


def test_counts_each_day_and_meter_with_its_credits(model: Database, account: str) -> None:
    model.open(account)
    count(model, account, an_event("e1", quantity=9), an_event("e2", "calls", 4, at=NOW - DAY))
    count(model, account, an_event("e3", quantity=3))

    assert shown(model, account) == {
        (TODAY - 1, "calls"): (4, 0),
        (TODAY, "runs"): (12, 20),
    }


def test_shows_the_days_asked_for_and_no_others(model: Database, account: str) -> None:
    expected = lived(model, account)
    project(model, model.entries(account))

    first, last = day_of(CREATED) + 3, day_of(CREATED) + 7
    wanted = {key: both for key, both in expected.items() if first <= key[0] <= last}
    assert shown(model, account, first, last) == wanted


@pytest.mark.parametrize("share", [0, 1, LAG - 1, LAG, LAG + 1, None])
def test_is_the_same_however_much_is_projected(model: Database, account: str, share: int | None) -> None:
    expected = lived(model, account)

    project(model, model.entries(account)[:share])

    assert shown(model, account) == expected


def test_projects_one_by_one_in_batches_or_all_at_once_alike(model: Database, account: str) -> None:
    expected = lived(model, account)
    entries = model.entries(account)

    for size in (1, 7, len(entries)):
        other = Database(model.wire, model.core, model.ephemeral)
        for k in range(0, len(entries), size):
            project(other, entries[k : k + size])
        assert shown(model, account) == expected


def test_what_is_told_twice_counts_once(model: Database, account: str) -> None:
    expected = lived(model, account)
    entries = model.entries(account)

    for k in range(0, len(entries), 5):
        project(model, entries[max(0, k - 7) : k + 5])

    assert shown(model, account) == expected


def test_what_the_stream_lost_is_read_again(model: Database, account: str) -> None:
    expected = lived(model, account)
    entries = model.entries(account)

    project(model, entries[:5])
    project(model, entries[40:42])
    project(model, entries[45:])

    assert model.deps().projections.days(account).entries == len(entries)
    assert shown(model, account) == expected


@pytest.mark.parametrize(
    ("why", "numbers"),
    [
        ("one is lost on the way", [*range(LAG), LAG + 1]),
        ("one comes twice", [0, *range(LAG)]),
        ("both", [0, *range(LAG), LAG + 1]),
    ],
)
def test_a_batch_with_gaps_or_doubles_is_read_again(
    model: Database, account: str, why: str, numbers: list[int]
) -> None:
    expected = lived(model, account)
    entries = model.entries(account)

    project(model, [entries[number] for number in numbers])

    assert shown(model, account) == expected, why


def test_a_lost_answer_projects_once(model: Database, account: str) -> None:
    expected = lived(model, account)
    entries = model.entries(account)
    struck = Database(Struck(model.wire, answer_lost), model.core, model.ephemeral)

    for entry in entries[: LAG - 1]:
        project(struck, [entry])
    with pytest.raises(Unavailable):
        project(struck, [entries[LAG - 1]])
    project(model, [entries[LAG - 1]])

    assert shown(model, account) == expected


def test_the_past_stays_when_many_months_have_gone(model: Database, account: str) -> None:
    model.open(account)
    for k in range(13):
        now = CREATED + k * 30 * DAY
        count(model, account, an_event(f"e{k}", "events", k + 1, at=now), now=now)
        count(model, account, an_event(f"m{k}", "sessions", 9, at=now), now=now)
        project(model, model.entries(account))

    days = {day: both[0] for (day, meter), both in shown(model, account).items() if meter == "events"}

    assert days == {day_of(CREATED + k * 30 * DAY): k + 1 for k in range(13)}


def test_a_correction_lowers_its_day(model: Database, account: str) -> None:
    model.open(account)
    count(model, account, an_event("e1", quantity=12, at=NOW - DAY))
    project(model, model.entries(account))

    correct_usage(model.deps(), account, Correction("c1", "runs", 5, NOW - DAY, "twice"), "key:test")

    assert shown(model, account) == {(TODAY - 1, "runs"): (7, 0)}


def test_of_a_gauge_the_days_last_value_stands(model: Database, account: str) -> None:
    model.open(account)
    for k, at in enumerate((NOW - DAY, NOW - DAY + 60, NOW, NOW - 30)):
        count(model, account, a_reading(f"g{k}", 10 + k, at))

    assert shown(model, account) == {(TODAY - 1, "storage"): (11, 0), (TODAY, "storage"): (12, 0)}


def test_nobody_knows_an_account_that_is_not_there(model: Database) -> None:
    with pytest.raises(UnknownAccount):
        shown(model, "nobody")
