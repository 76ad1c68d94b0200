from dataclasses import replace
from typing import Any

import pytest

from chalicelib.domain.allowances import Allowance
from chalicelib.domain.entitlements import Bar, Credits, bar, decide, decide_feature, seat_barred
from tests.offers import OFFERS
from tests.usage_builders import NOW, a_state, an_event


def decided(meter: str, quantity: int, own: int | None = None, **fields: Any) -> tuple[bool, str]:
    decision = decide(a_state(**fields), an_event("e", meter, quantity, credits=own), NOW, OFFERS)
    return decision.allowed, decision.reason


@pytest.mark.parametrize(
    ("reason", "meter", "used", "quantity", "credits", "answer"),
    [
        ("the last that is included", "sessions", 4, 1, 0, (True, "included")),
        ("one more, and the plan stops", "sessions", 5, 1, 0, (False, "limit_reached")),
        ("too much at once", "sessions", 4, 2, 0, (False, "limit_reached")),
        ("credits do not help where the plan stops", "sessions", 5, 1, 999, (False, "limit_reached")),
        ("on to the limit of what goes on", "calls", 29, 1, 0, (True, "allowed_over")),
        ("past it", "calls", 29, 2, 0, (False, "limit_reached")),
        ("straddling, and within what goes on", "calls", 19, 2, 0, (True, "allowed_over")),
        ("the last run that is included", "runs", 9, 1, 0, (True, "included")),
        ("debt does not matter within the allowance", "runs", 9, 1, -50, (True, "included")),
        ("credits exactly enough", "runs", 10, 3, 30, (True, "credits")),
        ("one credit short", "runs", 10, 3, 29, (False, "not_enough_credits")),
        ("straddling needs its share only", "runs", 9, 3, 20, (True, "credits")),
        ("straddling, one short", "runs", 9, 3, 19, (False, "not_enough_credits")),
        ("unlimited", "events", 10**9, 10**9, 0, (True, "included")),
        ("nothing asked for, at the limit", "sessions", 5, 0, 0, (True, "included")),
    ],
)
def test_decides_by_allowance_then_credits_then_policy(
    reason: str, meter: str, used: int, quantity: int, credits: int, answer: tuple[bool, str]
) -> None:
    assert decided(meter, quantity, used={meter: used}, granted=100, spent=100 - credits) == answer, reason


INACTIVE: dict[str, Any] = {"standing": "none"}
OVER = {"seats_active": 4}
LACKING = {"plan": "team"}


@pytest.mark.parametrize(
    ("reason", "meter", "fields", "answer"),
    [
        ("standing comes before all else", "events", INACTIVE | LACKING | {"seats_active": 10}, (False, "standing")),
        ("before credits, too", "runs", INACTIVE | {"used": {"runs": 10}}, (False, "standing")),
        ("and what is unlimited", "events", INACTIVE, (False, "standing")),
        ("grace that lasts", "events", {"standing": "grace", "grace_until": NOW + 1}, (True, "included")),
        ("grace that is over", "events", {"standing": "grace", "grace_until": NOW}, (False, "standing")),
        ("then the plan", "events", LACKING | {"seats_active": 10}, (False, "not_in_plan")),
        ("which may lack a meter with nobody over", "events", LACKING, (False, "not_in_plan")),
        ("or not be offered any more", "events", {"plan": "gone"}, (False, "not_in_plan")),
        ("a plan that has it", "runs", LACKING, (True, "included")),
        ("then seats", "events", OVER, (False, "seats_over")),
        ("before an allowance that would do", "sessions", OVER, (False, "seats_over")),
        ("or would not", "sessions", OVER | {"used": {"sessions": 5}}, (False, "seats_over")),
        ("and credits", "runs", OVER | {"used": {"runs": 10}, "granted": 99}, (False, "seats_over")),
        ("all seats taken is not over", "events", {"seats_active": 3}, (True, "included")),
        ("then the allowance, whatever the debt", "runs", {"used": {"runs": 9}, "spent": 99}, (True, "included")),
        ("then credits", "runs", {"used": {"runs": 10}, "granted": 9}, (False, "not_enough_credits")),
        ("of which none is held", "runs", {"used": {"runs": 10}, "granted": 30, "held": 20}, (True, "credits")),
        ("or one too many", "runs", {"used": {"runs": 10}, "granted": 30, "held": 21}, (False, "not_enough_credits")),
        ("then the policy", "calls", {"used": {"calls": 29}}, (True, "allowed_over")),
        ("and where it ends", "calls", {"used": {"calls": 30}}, (False, "limit_reached")),
    ],
)
def test_the_first_reason_decides(reason: str, meter: str, fields: dict[str, Any], answer: tuple[bool, str]) -> None:
    assert decided(meter, 1, **fields) == answer, reason


@pytest.mark.parametrize(
    ("reason", "allowance", "used", "quantity", "answer"),
    [
        ("nothing included: the plan stops", Allowance(0, "stop"), 0, 1, (False, "limit_reached")),
        ("nothing included: credits, if there are", Allowance(0, "credits"), 0, 3, (True, "credits")),
        ("and if there are not", Allowance(0, "credits"), 0, 4, (False, "not_enough_credits")),
        ("nothing included: it goes on", Allowance(0, "allow"), 10**9, 1, (True, "allowed_over")),
        ("up to one", Allowance(0, "allow", 1), 0, 1, (True, "allowed_over")),
        ("and not past it", Allowance(0, "allow", 1), 1, 1, (False, "limit_reached")),
        ("nothing included, nothing asked for", Allowance(0, "stop"), 0, 0, (True, "included")),
        ("the last included", Allowance(10, "allow"), 9, 1, (True, "included")),
        ("the first beyond", Allowance(10, "allow"), 10, 1, (True, "allowed_over")),
        ("beyond, without an end", Allowance(10, "allow"), 10**9, 10**9, (True, "allowed_over")),
        ("unlimited, whatever the policy", Allowance(None, "stop"), 10**9, 10**9, (True, "included")),
        ("unlimited needs no credits", Allowance(None, "credits"), 10**9, 10**9, (True, "included")),
        ("no end of it where all is included", Allowance(None, "allow"), 10**9, 10**9, (True, "included")),
    ],
)
def test_an_allowance_of_nothing_and_one_without_limit(
    reason: str, allowance: Allowance, used: int, quantity: int, answer: tuple[bool, str]
) -> None:
    free = OFFERS.plans["free"]
    offers = replace(OFFERS, plans={"free": replace(free, allowances={"runs": allowance})})

    decision = decide(a_state(used={"runs": used}, granted=30), an_event("e", "runs", quantity), NOW, offers)

    assert (decision.allowed, decision.reason) == answer, reason


@pytest.mark.parametrize(
    ("reason", "used", "quantity", "answer"),
    [
        ("fits to the last megabyte", 40, 60, (True, "included")),
        ("one too many", 40, 61, (False, "limit_reached")),
        ("full", 100, 1, (False, "limit_reached")),
        ("over already", 150, 1, (False, "limit_reached")),
    ],
)
def test_of_a_gauge_it_is_decided_whether_so_much_more_fits(
    reason: str, used: int, quantity: int, answer: tuple[bool, str]
) -> None:
    assert decided("storage", quantity, used={"storage": used}) == answer, reason


def test_work_that_names_no_cost_needs_no_credits_even_in_debt() -> None:
    assert decided("runs", 1, own=0, used={"runs": 10}, spent=5) == (True, "credits")


def test_a_decision_shows_the_numbers_it_was_made_from() -> None:
    state = a_state(used={"runs": 9}, granted=100, spent=85)

    decision = decide(state, an_event("e", "runs", 3), NOW, OFFERS)

    assert decision.credits == Credits(needed=20, balance=15, available=15)
    assert (decision.used, decision.limit, decision.left, decision.level) == (9, 10, 1, "warning")
    assert (decision.meter, decision.quantity, decision.period) == ("runs", 3, state.period)
    assert (decision.recorded, decision.duplicate) == (False, False)


GONE = {"plan": "gone"}
INCLUDED, STANDING, NOT_IN_PLAN, OVER_SEATS = "included", "standing", "not_in_plan", "seats_over"


@pytest.mark.parametrize(
    ("reason", "fields", "answers"),
    [
        # usage, what needs seats, a feature that does not, what always stays, one more seat
        ("all well", {}, (INCLUDED, INCLUDED, INCLUDED, INCLUDED, None)),
        ("the last seat is free", {"seats_active": 2}, (INCLUDED, INCLUDED, INCLUDED, INCLUDED, None)),
        ("all seats taken", {"seats_active": 3}, (INCLUDED, INCLUDED, INCLUDED, INCLUDED, "seats_full")),
        ("one too many", OVER, (OVER_SEATS, OVER_SEATS, INCLUDED, INCLUDED, OVER_SEATS)),
        ("inactive", INACTIVE, (STANDING, STANDING, STANDING, INCLUDED, STANDING)),
        ("inactive comes before seats", INACTIVE | OVER, (STANDING, STANDING, STANDING, INCLUDED, STANDING)),
        ("in grace", {"standing": "grace", "grace_until": NOW + 1}, (INCLUDED, INCLUDED, INCLUDED, INCLUDED, None)),
        ("grace over", {"standing": "grace", "grace_until": NOW}, (STANDING, STANDING, STANDING, INCLUDED, STANDING)),
        ("no such plan", GONE, (NOT_IN_PLAN, NOT_IN_PLAN, NOT_IN_PLAN, INCLUDED, None)),
        ("a plan comes before seats", OVER | GONE, (NOT_IN_PLAN, NOT_IN_PLAN, NOT_IN_PLAN, INCLUDED, OVER_SEATS)),
        ("inactive before all", INACTIVE | GONE | OVER, (STANDING, STANDING, STANDING, INCLUDED, STANDING)),
    ],
)
def test_usage_features_and_seats_are_barred_by_the_same_reasons(
    reason: str, fields: dict[str, Any], answers: tuple[str, str, str, str, str | None]
) -> None:
    usage, seated, unseated, stays, seat = answers
    team = {"plan": "team", "seats_active": 1, **fields}

    def of(*features: str) -> set[str]:
        decisions = [decide_feature(a_state(**team), feature, NOW, OFFERS) for feature in features]
        assert [each.allowed for each in decisions] == [each.reason == INCLUDED for each in decisions], reason
        assert [each.feature for each in decisions] == list(features)
        return {each.reason for each in decisions}

    assert decided("runs", 1, **team) == (usage == INCLUDED, usage), reason
    assert of("create", "review", "invite") == {seated}, reason
    assert of("sso") == {unseated}, reason
    assert of("login", "export") == {stays}, reason
    assert seat_barred(a_state(**team), NOW) == seat, reason


def test_a_plan_has_its_own_features() -> None:
    said = [decide_feature(a_state(plan=plan), "sso", NOW, OFFERS).reason for plan in ("free", "team")]

    assert said == [NOT_IN_PLAN, INCLUDED]


@pytest.mark.parametrize(
    ("reason", "meter", "used", "shown"),
    [
        ("some left", "runs", 7, Bar("runs", 7, 10, 3, "ok")),
        ("near the limit", "runs", 8, Bar("runs", 8, 10, 2, "warning")),
        ("nothing left", "runs", 10, Bar("runs", 10, 10, 0, "reached")),
        ("over: nothing is left, not less", "runs", 12, Bar("runs", 12, 10, 0, "over")),
        ("unlimited", "events", 12, Bar("events", 12, None, None, "ok")),
    ],
)
def test_shows_a_bar(reason: str, meter: str, used: int, shown: Bar) -> None:
    assert bar(used, meter, "free", OFFERS) == shown, reason


def test_shows_a_limit_of_nothing_for_a_meter_that_the_plan_lacks() -> None:
    assert bar(0, "events", "team", OFFERS) == Bar("events", 0, 0, 0, "reached")
    assert bar(2, "events", "team", OFFERS) == Bar("events", 2, 0, 0, "over")
