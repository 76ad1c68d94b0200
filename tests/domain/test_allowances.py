"""Allowances: included, unlimited, and what comes after."""

import pytest

from chalicelib.domain.catalogue import Allowance, parse
from tests.domain.small_catalogue import changed, problems_of

INCLUDED = 'plans.free.allowances.runs.included: must be "unlimited" or an integer from 0 to 9007199254740991, not '


def test_a_plan_may_allow_more_up_to_a_bound():
    text = changed(('100, policy = "credits"', '100, policy = "allow", up_to = 101'))

    assert parse(text).plans["team"].allowances["runs"] == Allowance(100, "allow", 101)


@pytest.mark.parametrize(
    ("reason", "old", "new", "problem"),
    [
        ("a negative allowance", "included = 10,", "included = -1,", INCLUDED + "-1"),
        ("an integer that JSON would bend", "included = 10,", "included = 9007199254740992,", INCLUDED + str(2**53)),
        ("a truth for an allowance", "included = 10,", "included = false,", INCLUDED + "false"),
        ("a misspelt unlimited", "included = 10,", 'included = "infinite",', INCLUDED + '"infinite"'),
        (
            "an unknown policy",
            'included = 10, policy = "stop"',
            'included = 10, policy = "block"',
            'plans.free.allowances.runs.policy: must be stop or credits or allow, not "block"',
        ),
        (
            "no policy",
            'included = 10, policy = "stop"',
            "included = 10",
            "plans.free.allowances.runs.policy: is missing: it must be stop or credits or allow",
        ),
        (
            "credits for a gauge",
            '"unlimited", policy = "stop"',
            '1, policy = "credits"',
            'plans.team.allowances.storage.policy: cannot be "credits": storage is a gauge',
        ),
        (
            "credits for what has no cost",
            "credits_per_unit = 10\n",
            "",
            'plans.team.allowances.runs.policy: cannot be "credits": meters.runs has no credits_per_unit',
        ),
        (
            "a bound where nothing is allowed",
            'included = 10, policy = "stop"',
            'included = 10, policy = "stop", up_to = 20',
            'plans.free.allowances.runs.up_to: must be left out: it belongs to the policy "allow"',
        ),
        (
            "a bound that adds nothing",
            'included = 10, policy = "stop"',
            'included = 10, policy = "allow", up_to = 10',
            "plans.free.allowances.runs.up_to: must be more than what is included",
        ),
        (
            "a bound on the unlimited",
            '"unlimited", policy = "stop"',
            '"unlimited", policy = "allow", up_to = 10',
            "plans.team.allowances.storage.up_to: must be more than what is included",
        ),
        (
            "an unknown meter",
            'runs = { included = 10, policy = "stop" }',
            'rums = { included = 10, policy = "stop" }',
            "plans.free.allowances.rums: is no meter; meters are runs, storage",
        ),
        (
            "an allowance that is no table",
            'runs = { included = 10, policy = "stop" }',
            "runs = 10",
            "plans.free.allowances.runs: must be a table, not 10",
        ),
    ],
)
def test_a_mistake_in_an_allowance_is_the_only_one_named(reason, old, new, problem):
    assert problems_of(changed((old, new))) == [problem], reason
