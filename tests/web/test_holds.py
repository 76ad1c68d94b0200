"""Holds and corrections over HTTP: what is answered, and under which status."""

from typing import Any

import pytest

from chalicelib.web.times import instant, shown
from tests.web.driver import URLS, Driver


@pytest.fixture
def account(web: Driver) -> str:
    """An account with the credits of a pack."""
    account = web.an_account("holder") if web.ask("GET", "/v1/accounts/holder").status == 404 else "holder"
    bought = web.ask("POST", f"/v1/accounts/{account}/credits/purchases", {"pack": "starter", **URLS})
    web.world.pay(bought.json["url"])
    assert web.ask("GET", f"/v1/accounts/{account}/credits/purchases/{bought.json['id']}").json["state"] == "paid"
    return account


def test_a_hold_from_placing_to_its_capture(web: Driver, account: str) -> None:
    holds = f"/v1/accounts/{account}/holds"
    body = {"id": "h1", "credits": 5_000, "expires_in": 600}

    placed, again = web.ask("POST", holds, body), web.ask("POST", holds, body)
    shown = web.ask("GET", f"/v1/accounts/{account}/credits").json
    used = {"credits": 4_000, "meter": "enrichments", "quantity": 2}
    taken, repeated = (web.ask("POST", f"{holds}/h1/capture", used) for _ in range(2))

    assert (placed.status, again.status) == (201, 200)
    assert placed.json == again.json
    assert placed.json.keys() == {"id", "state", "credits", "expires_at", "captured"}
    assert (placed.json["state"], placed.json["captured"]) == ("open", None)
    assert (shown["held"], shown["available"]) == (5_000, shown["balance"] - 5_000)
    assert taken.json == repeated.json
    assert (taken.json["state"], taken.json["captured"]) == ("captured", used)
    after = web.ask("GET", f"/v1/accounts/{account}/credits").json
    assert (after["held"], after["balance"]) == (0, shown["balance"] - 4_000)


def test_what_is_refused_has_its_status_and_code(web: Driver, account: str) -> None:
    holds = f"/v1/accounts/{account}/holds"
    body = {"id": "h2", "credits": 10, "expires_in": 60}
    web.ask("POST", holds, body)

    refused = [
        web.ask("POST", holds, body | {"credits": 11}),
        web.ask("POST", holds, {"id": "big", "credits": 10**12, "expires_in": 60}),
        web.ask("POST", f"{holds}/h2/capture", {"credits": 11}),
        web.ask("POST", f"{holds}/nobody/capture", {"credits": 1}),
    ]
    web.world.emulator.turner.move_to(web.world.clock.now() + 60)
    refused.append(web.ask("POST", f"{holds}/h2/capture", {"credits": 1}))

    assert [(reply.status, reply.code) for reply in refused] == [
        (409, "hold_exists"),
        (409, "not_enough_credits"),
        (409, "above_hold"),
        (404, "unknown_hold"),
        (410, "hold_expired"),
    ]
    assert [web.ask("DELETE", f"{holds}/{hold}").status for hold in ("h2", "h2", "never")] == [204, 204, 204]


def test_a_correction_answers_with_the_counters_of_its_period(web: Driver) -> None:
    account = web.an_account("corrected")
    event = {"id": "e1", "account": account, "meter": "sessions", "quantity": 9}
    web.ask("POST", "/v1/usage", {"events": [event]})
    asked = {"id": "c1", "meter": "sessions", "quantity": 4, "reason": "counted twice"}

    first, again = (web.ask("POST", f"/v1/accounts/{account}/usage/corrections", asked) for _ in range(2))
    above = web.ask("POST", f"/v1/accounts/{account}/usage/corrections", asked | {"id": "c2", "quantity": 6})

    assert (first.json["recorded"], first.json["duplicate"], first.json["used"]) == (True, False, 5)
    assert (again.json["recorded"], again.json["duplicate"], again.json["used"]) == (False, True, 5)
    assert (above.status, above.code) == (409, "above_usage")
    assert first.json["credits"] == {"returned": 0, "balance": 0, "available": 0}


def test_a_hold_lasts_from_a_second_to_a_day(web: Driver, account: str) -> None:
    now = web.world.clock.now()

    for seconds in (1, 86_400):
        body = {"id": f"l{seconds}", "credits": 1, "expires_in": seconds}
        placed = web.ask("POST", f"/v1/accounts/{account}/holds", body)
        assert placed.status == 201
        assert 0 <= instant(placed.json["expires_at"]) - now - seconds <= 2


def test_all_that_is_held_can_be_captured_and_nothing_too(web: Driver, account: str) -> None:
    holds = f"/v1/accounts/{account}/holds"
    for hold, credits in (("all", 10), ("none", 0)):
        web.ask("POST", holds, {"id": hold, "credits": 10, "expires_in": 60})

        taken = web.ask("POST", f"{holds}/{hold}/capture", {"credits": credits})

        assert (taken.status, taken.json["captured"]["credits"]) == (200, credits)


CAPTURED = {"credits": 4_000, "meter": "enrichments", "quantity": 2}


def test_what_became_of_a_hold_stays_so(web: Driver, account: str) -> None:
    holds = f"/v1/accounts/{account}/holds"
    bodies = {hold: {"id": hold, "credits": 5_000, "expires_in": 600} for hold in ("taken", "freed", "gone")}
    for body in bodies.values():
        web.ask("POST", holds, body)
    web.ask("POST", f"{holds}/taken/capture", CAPTURED)
    web.ask("DELETE", f"{holds}/freed")
    web.world.emulator.turner.move_to(web.world.clock.now() + 600)
    web.ask("DELETE", f"{holds}/gone")
    before = web.everything()

    other = [{**CAPTURED, "credits": 3_999}, {**CAPTURED, "quantity": 3}, {"credits": 4_000}]
    refused = [web.ask("POST", f"{holds}/taken/capture", each) for each in other]
    refused += [web.ask("POST", f"{holds}/{hold}/capture", CAPTURED) for hold in ("freed", "gone")]
    placed = {hold: web.ask("POST", holds, body) for hold, body in bodies.items()}
    exists = [web.ask("POST", holds, {**body, "credits": 4_999}) for body in bodies.values()]
    released = [web.ask("DELETE", f"{holds}/{hold}").status for hold in bodies]

    assert [(each.status, each.code) for each in refused] == [(409, "hold_closed")] * 4 + [(410, "hold_expired")]
    assert [(each.status, each.code) for each in exists] == [(409, "hold_exists")] * 3
    assert {hold: (each.status, each.code) for hold, each in placed.items()} == {
        "taken": (409, "hold_closed"),
        "freed": (409, "hold_closed"),
        "gone": (410, "hold_expired"),
    }
    assert released == [204] * 3
    assert web.everything() == before


DAY = 86_400
NO_CORRECTIONS: list[tuple[str, dict[str, Any], int, str]] = [
    ("one more than was used", {"quantity": 5}, 409, "above_usage"),
    ("one more than was used in a closed period", {"quantity": 10, "at": -30 * DAY}, 409, "above_usage"),
    ("of a meter that was not used", {"meter": "events"}, 409, "above_usage"),
    ("longer ago than events are taken", {"at": -35 * DAY - 1}, 422, "at_out_of_range"),
    ("further ahead than a clock may be", {"at": 400}, 422, "at_out_of_range"),
    ("a gauge", {"meter": "storage"}, 422, "gauge_not_consumable"),
    ("no such meter", {"meter": "nothing"}, 404, "unknown_meter"),
    ("no reason", {"reason": None}, 422, "invalid"),
]


@pytest.fixture
def counted(web: Driver) -> str:
    """An account that used 9 sessions in a period that is closed, and 4 in this one."""
    account, clock = web.an_account("counted"), web.world.clock
    born = clock.now()
    clock.move_to(born + 40 * DAY)
    events = [("old", 9, born + 10 * DAY), ("new", 4, clock.now())]
    sent = [
        {"id": id, "account": account, "meter": "sessions", "quantity": quantity, "at": shown(at)}
        for id, quantity, at in events
    ]
    assert web.ask("POST", "/v1/usage", {"events": sent}).json["recorded"] == 2
    return account


def test_only_what_was_used_in_its_period_can_be_taken_back_once_by_its_id(web: Driver, counted: str) -> None:
    path, now = f"/v1/accounts/{counted}/usage/corrections", web.world.clock.now()
    before = web.everything()

    for reason, fields, status, code in NO_CORRECTIONS:
        at = {"at": shown(now + fields["at"])} if "at" in fields else {}
        body = {"id": "c", "meter": "sessions", "quantity": 1, "reason": "x"} | fields | at
        reply = web.ask("POST", path, body)
        assert (reply.status, reply.code) == (status, code), reason
    correction = {"id": "c", "meter": "sessions", "reason": "y" * 500}
    known = web.ask("POST", path, {**correction, "id": "new", "quantity": 4})
    assert (known.status, known.json["duplicate"], known.json["used"]) == (200, True, 4)
    assert web.everything() == before

    closed = web.ask("POST", path, {**correction, "quantity": 9, "at": shown(now - 30 * DAY)})
    again = web.ask("POST", path, {**correction, "quantity": 1})
    other_case = web.ask("POST", path, {**correction, "id": "C", "quantity": 4})
    [late] = web.ask("POST", "/v1/usage", {"events": [_event("c", counted)]}).json["results"]

    assert (closed.json["recorded"], closed.json["used"]) == (True, 0)
    assert (again.json["recorded"], again.json["duplicate"], again.json["used"]) == (False, True, 4)
    assert (other_case.json["recorded"], other_case.json["used"]) == (True, 0)
    assert late["result"] == "duplicate"


def _event(id: str, account: str) -> dict[str, Any]:
    return {"id": id, "account": account, "meter": "sessions", "quantity": 1}
