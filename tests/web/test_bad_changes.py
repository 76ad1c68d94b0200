"""Bad input around a running subscription: nothing changes of it, and Stripe is asked to change nothing."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.web.driver import URLS, Driver, Reply, a_driver

PAYS, OTHER = "/v1/accounts/pays", "/v1/accounts/other"


@pytest.fixture(scope="module")
def web() -> Iterator[Driver]:
    """Two accounts that pay for Team, in a world of this file's own: a preview moves its clock."""
    with a_driver() as driver:
        for account, seats in (("pays", 5), ("other", 3)):
            wish = {"plan": "team", "interval": "month", "seats": seats, **URLS}
            path = f"/v1/accounts/{driver.an_account(account)}/subscription"
            driver.world.pay(driver.ask("POST", path, wish).json["url"])
        driver.world.deliver()
        yield driver


def seen(web: Driver) -> Any:
    """What both accounts show, and how often Stripe was asked to change something."""
    return [web.ask("GET", account).text for account in (PAYS, OTHER)], web.writes()


def asked(web: Driver, body: dict[str, Any] | bytes) -> list[Reply]:
    """The wish, and the question what would come of it."""
    return [web.ask("POST", f"{PAYS}/subscription{path}", body) for path in ("", "/preview")]


ONE_FIELD = [
    *(("seats", seats) for seats in (0, -1, 2**53, -(2**63), 10**30, 3.0, 2.5, 1e300, "4", "", True, [4])),
    *(("interval", interval) for interval in ("week", "", "Month", "month ", 1, ["month"], {})),
    *(("plan", plan) for plan in ("", "a b", "..", "team\n", 1, False, ["team"], "t" * 129)),
    *((name, 1) for name in ("quantity", "price", "Seats", "stripe_customer_id", "proration_date", "")),
]


def test_a_wish_of_a_field_that_is_wrong_names_it_and_changes_nothing(web: Driver) -> None:
    before = web.everything()

    for name, value in ONE_FIELD:
        for reply in asked(web, {name: value}):
            assert (reply.status, reply.code, reply.fields) == (422, "invalid", [name]), (name, value)

    assert web.everything() == before


def test_a_number_of_any_length_is_out_of_range(web: Driver) -> None:
    before = web.everything()

    for digits in (17, 5_000, 60_000):
        for reply in asked(web, b'{"seats": ' + b"9" * digits + b"}"):
            assert (reply.status, reply.code, reply.fields) == (422, "invalid", ["seats"]), digits

    assert web.everything() == before


REFUSED = [
    ("a plan that is not there", {"plan": "nothing"}, 404, "unknown_plan"),
    ("a plan by its name", {"plan": "Team"}, 404, "unknown_plan"),
    ("fewer seats than the plan has", {"seats": 1}, 422, "invalid"),
    ("more seats than the plan has", {"plan": "team", "seats": 101}, 422, "invalid"),
    ("seats of the free plan", {"plan": "free", "seats": 1}, 422, "invalid"),
    ("an interval of the free plan", {"plan": "free", "interval": "month"}, 422, "invalid"),
    ("another plan's seats", {"plan": "personal", "seats": 5}, 422, "invalid"),
]


def test_an_impossible_wish_changes_nothing(web: Driver) -> None:
    before = seen(web)

    for reason, wish, status, code in REFUSED:
        for reply in asked(web, wish):
            assert (reply.status, reply.code) == (status, code), reason

    assert seen(web) == before


ELSEWHERE = [
    "http://app.example.com/",
    "https://evil.example/",
    "https://app.example.com.evil.example/",
    "https://ada@app.example.com/",
    "https://ada:secret@app.example.com/",
    "https://app.example.com@evil.example/",
    "https://app.example.com:8443/",
    "https://app.example.com:443/",
    "https://app.example.com:0/",
    "https://app.example.com:/",
    "https://app.example.com./",
    "https://app.example.com\\@evil.example/",
    "https://app.example.com\n.evil.example/",
    "//app.example.com/",
    "app.example.com",
    "",
    1,
]
SENDS_BACK = [
    ("/subscription", {"plan": "business"} | URLS, "success_url"),
    ("/subscription", {"plan": "business"} | URLS, "cancel_url"),
    ("/portal", {"return_url": URLS["success_url"]}, "return_url"),
    ("/credits/purchases", {"pack": "starter"} | URLS, "success_url"),
    ("/credits/purchases", {"pack": "starter"} | URLS, "cancel_url"),
]


@pytest.mark.parametrize(("path", "body", "field"), SENDS_BACK, ids=[f"{row[0]} {row[2]}" for row in SENDS_BACK])
def test_nobody_is_sent_back_to_where_the_settings_do_not_say(
    web: Driver, path: str, body: dict[str, Any], field: str
) -> None:
    before = web.everything()

    for url in ELSEWHERE:
        reply = web.ask("POST", PAYS + path, body | {field: url})
        assert (reply.status, reply.code, reply.fields) == (422, "invalid", [field]), url

    assert web.everything() == before


def test_a_preview_of_somebody_elses_is_answered_like_one_that_was_made_up(web: Driver) -> None:
    upgrade = {"plan": "business"}
    theirs = web.ask("POST", f"{OTHER}/subscription/preview", upgrade).json["preview_id"]
    mine = web.ask("POST", f"{PAYS}/subscription/preview", upgrade).json["preview_id"]
    seal = theirs.split("_")[3]
    made_up = ["p1", "pv_1_1_a_b", f"{mine}_", mine.replace(mine.split("_")[3], seal), mine.upper()]
    before = seen(web)

    replies = [web.ask("POST", f"{PAYS}/subscription", upgrade | {"preview_id": given}) for given in (theirs, *made_up)]

    assert (replies[0].status, replies[0].code) == (404, "unknown_preview")
    assert {each.text for each in replies} == {replies[0].text}
    assert seen(web) == before


def test_a_preview_holds_for_the_wish_it_was_made_of_and_for_a_quarter_of_an_hour(web: Driver) -> None:
    upgrade = {"plan": "business", "seats": 6}
    given = web.ask("POST", f"{PAYS}/subscription/preview", upgrade).json["preview_id"]
    before = seen(web)

    other = web.ask("POST", f"{PAYS}/subscription", {"plan": "business", "seats": 7, "preview_id": given})
    bent = web.ask("POST", f"{PAYS}/subscription", upgrade | {"preview_id": given[:-1] + "x"})
    web.world.emulator.turner.move_to(web.world.clock.now() + 900)
    late = web.ask("POST", f"{PAYS}/subscription", upgrade | {"preview_id": given})

    assert [(each.status, each.code) for each in (other, bent, late)] == [(409, "preview_stale")] * 3
    assert seen(web) == before


CHANGES = [
    ("POST", "/subscription", {"seats": 6}),
    ("POST", "/subscription/preview", {"seats": 6}),
    ("POST", "/subscription/cancel", {"reason": "unused"}),
    ("POST", "/subscription/resume", {}),
    ("DELETE", "/subscription/scheduled_change", None),
    ("POST", "/portal", {"return_url": URLS["success_url"]}),
    ("GET", "/invoices", None),
]


def test_a_field_or_a_query_that_is_not_known_is_refused_before_anything_is_done(web: Driver) -> None:
    before = web.everything()

    for method, path, body in CHANGES:
        queried = web.ask(method, f"{PAYS}{path}?dry_run=true", body)
        assert (queried.status, queried.code, queried.fields) == (422, "bad_parameter", ["dry_run"]), path
        if body is not None:
            reply = web.ask(method, PAYS + path, body | {"dry_run": True})
            assert (reply.status, reply.code, reply.fields) == (422, "invalid", ["dry_run"]), path

    assert web.everything() == before


def test_taking_away_what_is_not_there_is_no_mistake(web: Driver) -> None:
    before = seen(web)

    for account in ("pays", web.an_account("free")):
        reply = web.ask("DELETE", f"/v1/accounts/{account}/subscription/scheduled_change")
        assert (reply.status, reply.text) == (204, "")

    assert seen(web) == before
