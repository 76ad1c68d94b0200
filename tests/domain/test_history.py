"""The history's lines: one for each meter and entry, then what closed it, adding up to the balance."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.history import lines_of, open_lines, place
from chalicelib.domain.journal import Line
from chalicelib.domain.money import Money
from tests.builders import NOW, OPENED, a_state, an_entry

METERS = st.sampled_from(["enrichments", "sessions"])
SUMS = st.dictionaries(
    st.tuples(st.just(OPENED), st.integers(20_000, 20_003), METERS),
    st.tuples(st.integers(1, 50), st.integers(0, 50)),
)
LINES = st.lists(st.builds(Line, st.just("purchase"), st.integers(-30, 30), st.just("cause")), max_size=3)


def test_usage_of_all_days_is_one_line_for_each_meter() -> None:
    entry = an_entry(
        4,
        balance=88,
        spent=12,
        sums={
            (OPENED, 20_000, "enrichments"): (2, 5),
            (OPENED, 20_001, "enrichments"): (3, 6),
            (OPENED, 20_001, "sessions"): (1, 1),
            (OPENED, 20_001, "events"): (9, 0),
        },
    )

    lines = lines_of(entry)

    assert [(line.id, line.credits, line.quantity, line.balance_after) for line in lines] == [
        ("4-sessions", -1, 1, 88),
        ("4-enrichments", -11, 5, 89),
    ]
    assert {line.kind for line in lines} == {"usage"}


def test_what_closed_the_entry_comes_after_its_usage() -> None:
    entry = an_entry(
        4,
        balance=95,
        granted=100,
        spent=5,
        sums={(OPENED, 20_000, "enrichments"): (2, 5)},
        lines=(Line("purchase", 100, "purchase:p1", Money(500, "eur"), "a note"),),
    )

    newest, oldest = lines_of(entry)

    assert (newest.kind, newest.credits, newest.balance_after, newest.money) == ("purchase", 100, 95, Money(500, "eur"))
    assert (newest.cause, newest.note) == ("purchase:p1", "a note")
    assert (oldest.kind, oldest.credits, oldest.balance_after) == ("usage", -5, -5)


@given(sums=SUMS, lines=LINES, before=st.integers(-100, 100))
def test_every_line_leads_to_the_next_balance(
    sums: dict[tuple[int, int, str], tuple[int, int]], lines: list[Line], before: int
) -> None:
    spent = sum(credits for _, credits in sums.values())
    after = before + sum(line.credits for line in lines) - spent

    told = lines_of(an_entry(9, sums=sums, lines=tuple(lines), spent=spent, balance=after))

    balance = after
    for line in told:
        assert line.balance_after == balance
        balance -= line.credits
    assert balance == before
    assert [place(line.id) for line in told] == sorted((place(line.id) for line in told), reverse=True)
    assert len({line.id for line in told}) == len(told)


def test_the_open_entrys_lines_have_the_ids_that_they_will_keep() -> None:
    state = a_state(entries=4, granted=20, spent=5, open_sums={(20_000, "enrichments"): (2, 5)})

    growing = open_lines(state, NOW)

    assert [(line.id, line.credits, line.balance_after) for line in growing] == [("4-enrichments", -5, 15)]


@pytest.mark.parametrize(
    ("older", "newer"),
    [
        ("3-0", "4-enrichments"),
        ("4-enrichments", "4-0"),
        ("4-enrichments", "4-sessions"),
        ("4-2", "4-10"),
        ("9-0", "10-0"),
    ],
)
def test_places_follow_time(older: str, newer: str) -> None:
    assert place(older) < place(newer)


@pytest.mark.parametrize("text", ["", "x", "-1", "4", "4-", "x-1", "-4-1", "٤-1"])
def test_what_is_no_lines_id_has_no_place(text: str) -> None:
    with pytest.raises(ValueError, match="no line"):
        place(text)
