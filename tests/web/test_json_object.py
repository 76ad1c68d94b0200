import json
import time

import pytest

from chalicelib.errors import BadJson, TooLarge
from chalicelib.web.json_object import DEPTH, read_object

UNSOUND = [
    ("empty", b""),
    ("no JSON", b"{"),
    ("a list", b"[]"),
    ("a number", b"1"),
    ("null", b"null"),
    ("two objects", b"{}{}"),
    ("a key twice", b'{"a": 1, "a": 1}'),
    ("a key twice, deeper", b'{"a": [{"b": 1, "b": 2}]}'),
    ("the same key, escaped", b'{"a": 1, "\\u0061": 1}'),
    ("NaN", b'{"a": NaN}'),
    ("Infinity", b'{"a": -Infinity}'),
    ("not UTF-8", b'{"a": "\xff"}'),
    ("UTF-16", '{"a": 1}'.encode("utf-16")),
    ("a byte order mark", b"\xef\xbb\xbf{}"),
    ("single quotes", b"{'a': 1}"),
    ("one level too deep", b'{"a":' * (DEPTH + 1) + b"1" + b"}" * (DEPTH + 1)),
    ("lists too deep", b'{"a":' + b"[" * DEPTH + b"]" * DEPTH + b"}"),
    ("deep beyond Python's stack", b'{"a":' + b"[" * 200_000 + b"]" * 200_000 + b"}"),
    ("deep and never closed", b"[" * 500_000),
]


@pytest.mark.parametrize(("reason", "raw"), UNSOUND, ids=[row[0] for row in UNSOUND])
def test_what_is_no_sound_object_is_refused(reason: str, raw: bytes) -> None:
    with pytest.raises(BadJson) as refused:
        read_object(raw, 1_000_000)

    assert refused.value.detail, reason


def test_reads_as_deep_as_allowed_and_as_large_as_allowed() -> None:
    raw = b'{"a":' * DEPTH + b"1" + b"}" * DEPTH

    assert read_object(raw, len(raw))["a"]
    with pytest.raises(TooLarge):
        read_object(raw, len(raw) - 1)


def test_keeps_what_json_says() -> None:
    value = {"text": "é\n😀", "int": 2**53 - 1, "float": 1.5, "true": True, "null": None, "list": [{}, []]}

    assert read_object(json.dumps(value).encode(), 1_000) == value


@pytest.mark.parametrize("text", ["9" * 1_000_000, "-" + "9" * 1_000_000, "1e999"])
def test_a_number_without_end_costs_no_time_and_is_in_no_range(text: str) -> None:
    began = time.perf_counter()

    value = read_object(b'{"a": %s}' % text.encode(), 2_000_000)["a"]

    assert abs(value) > 2**53
    assert time.perf_counter() - began < 1


def test_many_keys_cost_no_time_that_grows_with_their_square() -> None:
    keys = ",".join(f'"{number}": 1' for number in range(100_000))
    began = time.perf_counter()

    with pytest.raises(BadJson):
        read_object(f'{{{keys}, "99999": 1}}'.encode(), 5_000_000)

    assert time.perf_counter() - began < 2
