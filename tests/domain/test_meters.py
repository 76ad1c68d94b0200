"""Meters: what is counted, and under which code."""

import pytest

from tests.domain.small_catalogue import changed, problems_of


@pytest.mark.parametrize(
    ("reason", "old", "new", "problem"),
    [
        (
            "a cost of nothing",
            "credits_per_unit = 10\n",
            "credits_per_unit = 0\n",
            "meters.runs.credits_per_unit: must be an integer from 1 to 9007199254740991, not 0",
        ),
        (
            "a gauge with a cost",
            "warning_percent = 90",
            "warning_percent = 90\ncredits_per_unit = 1",
            "meters.storage.credits_per_unit: must be left out: a gauge is not paid with credits",
        ),
        ("an unknown kind", '"gauge"', '"dial"', 'meters.storage.kind: must be counter or gauge, not "dial"'),
        (
            "a long code",
            'code = "b"',
            'code = "bb"',
            'meters.storage.code: must be one letter from a to h, at most 200 characters, not "bb"',
        ),
        (
            "a code beyond h",
            'code = "b"',
            'code = "i"',
            'meters.storage.code: must be one letter from a to h, at most 200 characters, not "i"',
        ),
        ("a code twice", 'code = "b"', 'code = "a"', 'meters.storage.code: "a" is taken by meters.runs.code'),
        (
            "a warning at nothing",
            "warning_percent = 90",
            "warning_percent = 0",
            "meters.storage.warning_percent: must be an integer from 1 to 99, not 0",
        ),
        (
            "a warning at the limit",
            "warning_percent = 90",
            "warning_percent = 100",
            "meters.storage.warning_percent: must be an integer from 1 to 99, not 100",
        ),
    ],
)
def test_a_mistake_in_a_meter_is_the_only_one_named(reason, old, new, problem):
    assert problems_of(changed((old, new))) == [problem], reason
