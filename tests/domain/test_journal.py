"""What a closing leaves in the entry and in the state, and how credits come in."""

from chalicelib.domain import journal
from chalicelib.domain.accounts import State
from chalicelib.domain.credits import Lot
from chalicelib.domain.journal import Change
from chalicelib.domain.periods import Instant, Period, day_of, day_start
from tests.offers import OFFERS
from tests.usage_builders import CREATED, NOW, a_state, an_event, counting, granting, named

NOON = 12 * 3600
MARCH, APRIL, MAY = (day_start(2026, month, 10) + NOON for month in (3, 4, 5))


def begun(state: State, now: Instant) -> Change:
    return journal.begin(state, now, OFFERS)


# -- closing


def test_a_closing_numbers_the_entry_and_empties_the_open_one() -> None:
    state = a_state(
        version=7,
        entries=3,
        fence=NOW - 1,
        spent=20,
        open_ids=frozenset({named("e1")}),
        open_sums={(day_of(NOW), "runs"): (3, 20)},
    )

    after, entry = counting(state, an_event("e2", quantity=20)).because("usage", "ada").finished(OFFERS)

    assert (after.version, after.entries, after.day, after.fence) == (8, 4, day_of(NOW), None)
    assert (after.open_ids, after.open_sums) == (frozenset(), {})
    assert (entry.number, entry.day, entry.day_before) == (3, day_of(NOW), day_of(CREATED))
    assert entry.ids == {named("e1"), named("e2")}
    assert entry.sums == {(MARCH, day_of(NOW), "runs"): (23, 120)}
    assert (entry.spent, entry.granted, entry.balance) == (120, 0, -120)
    assert (entry.cause, entry.actor, entry.at) == ("usage", "ada", NOW)
    assert entry.position == day_of(NOW) * 10**8 + 3


def test_the_day_of_entries_never_goes_back() -> None:
    state = a_state(day=day_of(NOW) + 1)

    after, entry = counting(state, an_event()).finished(OFFERS)

    assert (after.day, entry.day, entry.day_before) == (day_of(NOW) + 1,) * 3


def test_an_entry_names_the_fields_that_only_entries_change() -> None:
    after, entry = begun(a_state(), NOW).setting(plan="team", seats_bought=5, granted=9).finished(OFFERS)

    assert entry.changed == {"plan": "team", "seats_bought": 5}
    assert after.due == APRIL


def test_an_entry_that_rolls_names_the_new_period() -> None:
    _, entry = counting(a_state(), an_event(at=APRIL), now=APRIL).finished(OFFERS)

    assert entry.changed == {"period": Period(APRIL, MAY)}


# -- credits


def test_a_grant_adds_a_lot_behind_what_is_left_of_the_others() -> None:
    state = a_state(granted=100, spent=30, entries=4)

    change = granting(begun(state, NOW), "purchase:p2", 50, queue=(Lot("p1", "purchase", 100, 100, CREATED),))
    after, entry = change.finished(OFFERS)

    assert change.lots is not None
    assert [(lot.id, lot.left) for lot in change.lots] == [("p1", 70), ("p2", 50)]
    assert (after.granted, after.spent, after.balance, after.lots_version) == (150, 30, 120, 4)
    assert (entry.granted, entry.spent, entry.balance) == (50, 0, 120)
    assert [(line.kind, line.credits) for line in entry.lines] == [("purchase", 50)]


def test_a_grant_pays_debt_first() -> None:
    change = granting(begun(a_state(spent=30), NOW), "purchase:p1", 50)

    assert change.lots is not None
    assert [lot.left for lot in change.lots] == [20]
    assert change.after.balance == 20


def test_two_grants_in_one_change_make_two_lots() -> None:
    first = granting(begun(a_state(spent=30), NOW), "a", 20)
    second = granting(first, "b", 25, queue=first.lots or ())

    assert second.lots is not None
    assert [(lot.id, lot.left) for lot in second.lots] == [("b", 15)]
    assert second.after.balance == 15
