import sys
from re import fullmatch
from typing import Annotated, Any, Literal
from unicodedata import category

import pytest
from msgspec import Meta, Struct

from chalicelib.errors import BadParameter
from chalicelib.web import characters
from chalicelib.web.field_types import LARGEST, Email, Id, Name, Quantity, Time, Value
from chalicelib.web.fields import build, problems_of
from chalicelib.web.query import read_query


class Inner(Struct, frozen=True, forbid_unknown_fields=True):
    id: Id


class Body(Struct, frozen=True, forbid_unknown_fields=True):
    id: Id
    quantity: Quantity | None = None
    value: Value | None = None
    at: Time | None = None
    email: Email | None = None
    name: Name | None = None
    flag: bool = False
    kind: Literal["month", "year"] | None = None
    inner: Inner | None = None
    items: Annotated[list[Inner], Meta(max_length=2)] = []


GOOD = [
    ("the least", {"id": "a"}),
    ("every character of an id", {"id": "aZ09_-.:@"}),
    ("the longest id", {"id": "a" * 128}),
    ("three dots", {"id": "..."}),
    ("the smallest quantity", {"id": "a", "quantity": 1}),
    ("the largest quantity", {"id": "a", "quantity": LARGEST}),
    ("a gauge may be empty", {"id": "a", "value": 0}),
    ("null is left out", {"id": "a", "quantity": None, "inner": None}),
    ("a time", {"id": "a", "at": "2026-02-28T23:59:59Z"}),
    ("a time with parts of a second", {"id": "a", "at": "2024-02-29T00:00:00.123Z"}),
    ("a name in any script", {"id": "a", "name": "Åse & Söhne 株式会社 😀"}),
    ("an address", {"id": "a", "email": "a.b+c@example.co.uk"}),
    ("an address of other letters", {"id": "a", "email": "o'neill@b\u00fc-ro.m\u00fcnchen.example"}),
    ("an address of one letter a part", {"id": "a", "email": "a@b.c"}),
    ("objects inside", {"id": "a", "inner": {"id": "b"}, "items": [{"id": "c"}, {"id": "d"}]}),
]
BAD = [
    ("missing", {}, ["id"]),
    ("a name that turns round", {"id": "a", "name": "Ada\u202e"}, ["name"]),
    ("a name with a space of no width", {"id": "a", "name": "A\u200bda"}, ["name"]),
    ("an address with one", {"id": "a", "email": "a\u200b@example.com"}, ["email"]),
    ("an address with an empty label", {"id": "a", "email": "a@b..de"}, ["email"]),
    ("an address that begins with one", {"id": "a", "email": "a@.b.de"}, ["email"]),
    ("an address that ends with one", {"id": "a", "email": "a@b.de."}, ["email"]),
    ("an address in brackets", {"id": "a", "email": "<a@b.de>"}, ["email"]),
    ("two addresses", {"id": "a", "email": "a@b.de,c@b.de"}, ["email"]),
    ("a name that begins with a dot", {"id": "a", "email": ".a@b.de"}, ["email"]),
    ("a name that ends with a dot", {"id": "a", "email": "a.@b.de"}, ["email"]),
    ("a label that begins with a hyphen", {"id": "a", "email": "a@-b.de"}, ["email"]),
    ("a label that ends with a hyphen", {"id": "a", "email": "a@b-.de"}, ["email"]),
    ("an id is no number", {"id": 1}, ["id"]),
    ("an id is not empty", {"id": ""}, ["id"]),
    ("an id is not too long", {"id": "a" * 129}, ["id"]),
    ("an id is no dot", {"id": "."}, ["id"]),
    ("an id is no two dots", {"id": ".."}, ["id"]),
    ("an id has no slash", {"id": "a/b"}, ["id"]),
    ("an id has no space", {"id": "a b"}, ["id"]),
    ("an id has no line end", {"id": "a\n"}, ["id"]),
    ("an id is ASCII", {"id": "é"}, ["id"]),
    ("an id is not null", {"id": None}, ["id"]),
    ("nothing", {"id": "a", "quantity": 0}, ["quantity"]),
    ("less than nothing", {"id": "a", "quantity": -1, "value": -1}, ["quantity", "value"]),
    ("beyond JSON's integers", {"id": "a", "quantity": LARGEST + 1}, ["quantity"]),
    ("1.0 is no integer", {"id": "a", "quantity": 1.0}, ["quantity"]),
    ("a text is no integer", {"id": "a", "quantity": "1"}, ["quantity"]),
    ("true is no integer", {"id": "a", "quantity": True}, ["quantity"]),
    ("infinity is no integer", {"id": "a", "quantity": float("inf")}, ["quantity"]),
    ("a list is no integer", {"id": "a", "quantity": [1]}, ["quantity"]),
    ("1 is no boolean", {"id": "a", "flag": 1}, ["flag"]),
    ("a text is no boolean", {"id": "a", "flag": "true"}, ["flag"]),
    ("not of the list", {"id": "a", "kind": "week"}, ["kind"]),
    ("of the list, but no text", {"id": "a", "kind": ["month"]}, ["kind"]),
    ("no such day", {"id": "a", "at": "2026-02-29T00:00:00Z"}, ["at"]),
    ("a time without zone", {"id": "a", "at": "2026-02-28T00:00:00"}, ["at"]),
    ("a time in another zone", {"id": "a", "at": "2026-02-28T00:00:00+01:00"}, ["at"]),
    ("a time as a number", {"id": "a", "at": 1_772_000_000}, ["at"]),
    ("half a character", {"id": "a", "name": "\ud800"}, ["name"]),
    ("a control character", {"id": "a", "name": "a\x00b"}, ["name"]),
    ("only spaces", {"id": "a", "name": "   "}, ["name"]),
    ("no address", {"id": "a", "email": "a.example.com"}, ["email"]),
    ("unknown", {"id": "a", "idd": 1}, ["idd"]),
    ("no object", [], [""]),
    ("inside", {"id": "a", "inner": {"id": 1, "x": 1}}, ["inner.id", "inner.x"]),
    ("a text is no object", {"id": "a", "inner": "b"}, ["inner"]),
    ("in a list", {"id": "a", "items": [{"id": "b"}, {}]}, ["items[1].id"]),
    ("too many", {"id": "a", "items": [{"id": "b"}] * 3}, ["items"]),
    ("no list", {"id": "a", "items": {"id": "b"}}, ["items"]),
    ("all at once", {"quantity": "1", "flag": 1, "x": 1}, ["id", "quantity", "flag", "x"]),
]


@pytest.mark.parametrize(("reason", "value"), GOOD, ids=[row[0] for row in GOOD])
def test_takes_what_is_declared(reason: str, value: dict[str, Any]) -> None:
    assert problems_of(value, Body) == [], reason
    assert build(value, Body).id == value["id"]


@pytest.mark.parametrize(("reason", "value", "fields"), BAD, ids=[row[0] for row in BAD])
def test_names_every_wrong_field_at_once(reason: str, value: Any, fields: list[str]) -> None:
    assert [each.field for each in problems_of(value, Body)] == fields, reason


def test_a_flood_of_unknown_fields_gets_a_bounded_answer() -> None:
    problems = problems_of({f"{'x' * 1000}{number}": 1 for number in range(1000)}, Body)

    assert len(problems) == 100
    assert all(len(each.field) <= 100 for each in problems)


class Query(Struct, frozen=True, forbid_unknown_fields=True):
    meter: Id | None = None
    quantity: Quantity = 1
    consistent: bool = False


def test_query_parameters_are_texts_that_stand_for_their_types() -> None:
    query = read_query({"meter": ["1"], "quantity": ["25"], "consistent": ["true"]}, Query)

    assert query == Query("1", 25, True)
    assert read_query({}, Query) == Query()


BAD_QUERIES = [
    ("given twice", {"quantity": ["1", "1"]}, ["quantity"]),
    ("unknown", {"quantty": ["1"]}, ["quantty"]),
    ("a fraction", {"quantity": ["1.0"]}, ["quantity"]),
    ("a plus", {"quantity": ["+1"]}, ["quantity"]),
    ("a space", {"quantity": [" 1"]}, ["quantity"]),
    ("another script's digit", {"quantity": ["\u0661"]}, ["quantity"]),
    ("a leading zero", {"quantity": ["01"]}, ["quantity"]),
    ("too large", {"quantity": ["9" * 5_000]}, ["quantity"]),
    ("empty", {"meter": [""], "quantity": [""]}, ["meter", "quantity"]),
    ("a boolean in another case", {"consistent": ["True"]}, ["consistent"]),
    ("null", {"quantity": ["null"]}, ["quantity"]),
]


@pytest.mark.parametrize(("reason", "parameters", "fields"), BAD_QUERIES, ids=[row[0] for row in BAD_QUERIES])
def test_a_wrong_query_is_named(reason: str, parameters: dict[str, list[str]], fields: list[str]) -> None:
    with pytest.raises(BadParameter) as refused:
        read_query(parameters, Query)

    assert [each.field for each in refused.value.problems] == fields, reason


JOINERS = "\u200c\u200d"


@pytest.mark.parametrize("joiner", JOINERS, ids=["ZWNJ", "ZWJ"])
def test_a_name_may_be_spelled_with_joiners(joiner: str) -> None:
    assert problems_of({"id": "a", "name": f"A{joiner}da"}, Body) == []


def test_no_text_has_what_is_not_seen() -> None:
    every = [each for each in map(chr, range(sys.maxunicode + 1)) if category(each) in ("Cc", "Cf", "Zl", "Zp")]
    unseen = [each for each in every if each not in JOINERS]

    assert [each for each in unseen if not problems_of({"id": "a", "name": f"A{each}da"}, Body)] == []
    assert [each for each in unseen if not fullmatch(f"[{characters.UNSEEN}]", each)] == []
