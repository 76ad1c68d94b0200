"""Holds and corrections over HTTP: what is answered, and under which status."""

import pytest

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


def test_usage_by_day_and_notices_as_json_and_csv(web: Driver) -> None:
    account = web.an_account("reported")
    event = {"id": "e1", "account": account, "meter": "sessions", "quantity": 10**6}
    web.ask("POST", "/v1/usage", {"events": [event]})
    path = f"/v1/accounts/{account}/usage/days"

    days, table = web.ask("GET", path), web.ask("GET", path, Accept="text/csv")
    told = web.ask("GET", f"/v1/accounts/{account}/notices").json["data"]

    [row] = days.json["data"]
    assert (row["meter"], row["quantity"], row["credits"]) == ("sessions", 10**6, 0)
    assert table.text.splitlines() == ["day,meter,quantity,credits", f"{row['day']},sessions,1000000,0"]
    assert [(each["kind"], each["meter"]) for each in told] == [("limit_reached", "sessions")]
    assert told[0].keys() == {"id", "at", "kind", "meter", "detail"}


@pytest.mark.parametrize(
    ("why", "query"),
    [
        ("the wrong way round", "from=2026-11-02&to=2026-11-01"),
        ("too long ago", "from=2020-01-01"),
        ("no day", "from=yesterday"),
        ("no such day", "from=2026-02-30"),
        ("no such parameter", "since=2026-11-01"),
    ],
)
def test_days_that_cannot_be_shown_are_named(web: Driver, why: str, query: str) -> None:
    account = "days" if web.ask("GET", "/v1/accounts/days").status == 200 else web.an_account("days")

    reply = web.ask("GET", f"/v1/accounts/{account}/usage/days?{query}")

    assert (reply.status, reply.code) == (422, "bad_parameter"), why
