"""Usage by day, notices, and lists as CSV: which days, which cursors, and nothing that a spreadsheet would run."""

import csv
from io import StringIO

from chalicelib.web.reports import MOST_DAYS
from chalicelib.web.times import shown
from tests.web.driver import Driver
from tests.web.test_credits import bought

DAY = 86_400


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


def test_the_days_asked_for_are_shown_and_no_others(web: Driver) -> None:
    account, clock = web.an_account("days"), web.world.clock
    born = clock.now()
    clock.move_to(born + 2 * DAY)
    events = [
        {"id": f"e{n}", "account": account, "meter": "sessions", "quantity": 1 + n, "at": shown(born + n * DAY)}
        for n in range(3)
    ]
    assert web.ask("POST", "/v1/usage", {"events": events}).json["recorded"] == 3
    first, second, third = (shown(born + n * DAY)[:10] for n in range(3))

    def days(query: str) -> list[tuple[str, int]]:
        rows = web.ask("GET", f"/v1/accounts/{account}/usage/days{query}").json["data"]
        return [(row["day"], row["quantity"]) for row in rows]

    assert days("") == days(f"?from={first}&to=9999-12-31") == [(first, 1), (second, 2), (third, 3)]
    assert days(f"?from={second}&to={second}") == days(f"?from={second}T23:59:59Z&to={second}T00:00:00Z")
    assert days(f"?from={second}&to={second}") == [(second, 2)]
    assert days(f"?to={second}") == [(first, 1), (second, 2)]


def test_the_first_day_is_at_most_thirteen_months_ago(web: Driver) -> None:
    path, clock = f"/v1/accounts/{web.an_account('months')}/usage/days", web.world.clock
    noon = (clock.now() // DAY + 1) * DAY + DAY // 2
    clock.move_to(noon)
    first = [shown(noon - (MOST_DAYS + before) * DAY)[:10] for before in (0, 1)]

    asked = [web.ask("GET", f"{path}?from={each}") for each in first]

    assert MOST_DAYS >= 13 * 30
    assert [each.status for each in asked] == [200, 422]
    assert asked[1].fields == ["from"]


def test_who_names_the_last_day_only_is_not_told_of_the_first(web: Driver) -> None:
    path, clock = f"/v1/accounts/{web.an_account('ends')}/usage/days", web.world.clock
    noon = (clock.now() // DAY + 1) * DAY + DAY // 2
    clock.move_to(noon)

    asked = [web.ask("GET", f"{path}?to={shown(noon - days * DAY)[:10]}") for days in (380, MOST_DAYS, MOST_DAYS + 1)]

    assert [(each.status, each.fields) for each in asked] == [(200, []), (200, []), (422, ["to"])]


def test_where_nothing_was_used_a_table_has_its_header_only(web: Driver) -> None:
    account = web.an_account("idle")

    reply = web.ask("GET", f"/v1/accounts/{account}/usage/days", Accept="text/csv")

    assert (reply.status, reply.text) == (200, "day,meter,quantity,credits\r\n")
    assert reply.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert web.ask("GET", f"/v1/accounts/{account}/usage/days").json == {"data": [], "next_cursor": None}


def test_a_cursor_is_of_its_list_and_account_only(web: Driver) -> None:
    accounts = [web.an_account(f"cursors{n}") for n in range(2)]
    for account in accounts:
        events = [
            {"id": meter, "account": account, "meter": meter, "quantity": 10**5} for meter in ("sessions", "events")
        ]
        web.ask("POST", "/v1/usage", {"events": events})
    mine, other = (f"/v1/accounts/{account}" for account in accounts)

    first = web.ask("GET", f"{mine}/notices?limit=1").json
    second = web.ask("GET", f"{mine}/notices?limit=1&cursor={first['next_cursor']}").json

    assert {each["meter"] for each in first["data"] + second["data"]} == {"sessions", "events"}
    assert second["next_cursor"] is None
    for elsewhere in (f"{other}/notices", f"{mine}/credits/history", f"{mine}/invoices"):
        reply = web.ask("GET", f"{elsewhere}?cursor={first['next_cursor']}")
        assert (reply.status, reply.code, reply.fields) == (422, "bad_parameter", ["cursor"]), elsewhere


REASONS = ["=1+1", "+1", "-1", "@SUM(1)", 'counted "twice", twice', "harmless"]


def test_no_spreadsheet_takes_a_reason_for_a_formula(web: Driver) -> None:
    account = web.an_account("formulas")
    web.ask("GET", f"/v1/accounts/{account}/credits/purchases/{bought(web, account)}")
    event = {"id": "e", "account": account, "meter": "enrichments", "quantity": 10 + len(REASONS)}
    web.ask("POST", "/v1/usage", {"events": [event]})
    path = f"/v1/accounts/{account}"

    for number, reason in enumerate(REASONS):
        body = {"id": f"c{number}", "meter": "enrichments", "quantity": 1, "reason": reason}
        assert web.ask("POST", f"{path}/usage/corrections", body).json["credits"]["returned"] == 2_000
    table = web.ask("GET", f"{path}/credits/history", Accept="text/csv").text
    [day] = csv.DictReader(StringIO(web.ask("GET", f"{path}/usage/days", Accept="text/csv").text))

    notes = [row["note"] for row in csv.DictReader(StringIO(table)) if row["note"]]
    assert notes == [f"'{each}" if each[0] in "=+-@" else each for each in REASONS[::-1]]
    assert (day["meter"], day["quantity"], day["credits"]) == ("enrichments", "10", "0")
