"""What of an entry is erased one day stands beside it; what is left says what happened, and nobody's name."""

from dataclasses import replace

import pytest

from chalicelib.domain.erasable import NOBODY, Who, is_marked, joined, key_of, named, split, unnamed
from chalicelib.domain.journal import Entry, Line, Touch
from chalicelib.domain.opening import first_entry
from tests.builders import a_state

KEY = "key:bk_12345678"
BARE = first_entry(a_state(), KEY)
WHY = "Bob asked: twice"

CASES: list[tuple[str, Entry, Who]] = [
    ("a key alone", BARE, NOBODY),
    ("for a member", replace(BARE, actor=named("bk_12345678", "ada@example.com")), Who("ada@example.com")),
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
    ("of a role", replace(BARE, touched=(Touch("role", "ann", None, {"permissions": []}),)), Who(of=("ann",))),
    (
        "of a member who changes custom roles",
        replace(BARE, touched=(Touch("member", "bob", {"role": "ann"}, {"role": "ann2"}),)),
        Who(of=("bob", "ann", "ann2")),
    ),
    (
        "of an invitation to a custom role",
        replace(BARE, touched=(Touch("invitation", "inv_1", None, {"role": "ann"}),)),
        Who(of=("ann",)),
    ),
    ("of an invitation", replace(BARE, touched=(Touch("invitation", "inv_1", None, {"role": "billing"}),)), NOBODY),
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

    said = [each for each in (who.member, who.why, *who.of) if each]
    assert not [each for each in said if each in repr(left) or each in repr(split(entry)[0])], reason
    assert (left.actor, key_of(left.actor)) == (KEY, "bk_12345678")
    assert [line.credits for line in left.lines] == [line.credits for line in entry.lines]
    assert unnamed(left) == left


def test_a_refunds_line_keeps_which_refund_it_was() -> None:
    entry = replace(BARE, note=WHY, lines=(Line("refund", -5, "r", note=f"re_1: {WHY}"),))

    assert [line.note for line in unnamed(entry).lines] == ["re_1"]
