"""What of an entry is erased one day stands beside it; what is left says what happened, and nobody's name."""

from dataclasses import replace

import pytest

from chalicelib.domain.erasable import NOBODY, Who, is_marked, joined, split, unnamed
from chalicelib.domain.journal import Entry, Line, Touch
from chalicelib.domain.opening import first_entry
from tests.builders import a_state

KEY = "key:bk_12345678"
BARE = first_entry(a_state(), KEY)
WHY = "Bob asked: twice"

CASES: list[tuple[str, Entry, Who]] = [
    ("a key alone", BARE, NOBODY),
    ("for a member", replace(BARE, actor=f"{KEY} member:ada@example.com"), Who("ada@example.com")),
    ("with a reason", replace(BARE, note=WHY), Who(why=WHY)),
    (
        "whose line says the reason",
        replace(BARE, note=WHY, lines=(Line("adjustment", 5, "a", note=WHY),)),
        Who(why=WHY),
    ),
    (
        "whose line says the reason last",
        replace(
            BARE, note=WHY, lines=(Line("refund", -5, "r", note=f"re_1: {WHY}"), Line("refund", -1, "r", note="re_2"))
        ),
        Who(why=WHY),
    ),
    ("of members", replace(BARE, touched=(Touch("member", "bob", None, {"role": "member"}),)), Who(of=("bob",))),
    ("of a role", replace(BARE, touched=(Touch("role", "finance", None, None),)), NOBODY),
]


@pytest.mark.parametrize(("reason", "entry", "who"), CASES, ids=[row[0] for row in CASES])
def test_what_is_split_is_joined_again(reason: str, entry: Entry, who: Who) -> None:
    marked, beside = split(entry)

    assert beside == who, reason
    assert is_marked(marked) == (who != NOBODY), reason
    assert joined(marked, beside) == entry, reason


@pytest.mark.parametrize(("reason", "entry", "who"), CASES, ids=[row[0] for row in CASES])
def test_nothing_of_it_stays(reason: str, entry: Entry, who: Who) -> None:
    left = unnamed(entry)

    named = [each for each in (who.member, who.why, *who.of) if each]
    assert not [each for each in named if each in repr(left) or each in repr(split(entry)[0])], reason
    assert left.actor == KEY
    assert [line.credits for line in left.lines] == [line.credits for line in entry.lines]
    assert unnamed(left) == left


def test_a_refunds_line_keeps_which_refund_it_was() -> None:
    entry = replace(BARE, note=WHY, lines=(Line("refund", -5, "r", note=f"re_1: {WHY}"),))

    assert [line.note for line in unnamed(entry).lines] == ["re_1"]
