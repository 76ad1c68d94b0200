"""Credits moved by hand over HTTP: adjustments and refunds, who may, and the same key twice."""

from typing import Any

import pytest

from tests.web.driver import Driver
from tests.web.test_credits import bought

FAR = "2026-12-31T00:00:00Z"


def adjust(web: Driver, account: str, *, key: str | None = "", body: Any = None, **headers: str) -> Any:
    wanted = {"credits": 50, "reason": "sorry"} | (body or {})
    return web.ask("POST", f"/v1/accounts/{account}/credits/adjustments", wanted, key=key, **headers)


def test_an_adjustment_is_answered_and_seen(web: Driver) -> None:
    account = web.an_account("given")

    reply = adjust(web, account, body={"expires_at": FAR})

    assert set(reply.json) == {"id", "credits", "balance", "available", "reason", "expires_at"}
    assert (reply.status, reply.json["balance"], reply.json["expires_at"]) == (200, 50, FAR)
    [lot] = web.ask("GET", f"/v1/accounts/{account}/credits").json["lots"]
    assert (lot["id"], lot["kind"], lot["expires_at"]) == (reply.json["id"], "promotion", FAR)
    [line] = web.ask("GET", f"/v1/accounts/{account}/credits/history").json["data"]
    assert (line["kind"], line["credits"], line["note"]) == ("adjustment", 50, "sorry")


def test_a_key_is_worth_one_adjustment(web: Driver) -> None:
    account = web.an_account("keyed")

    first = adjust(web, account, Idempotency_Key="k1")
    again = adjust(web, account, Idempotency_Key="k1")
    other = adjust(web, account, body={"credits": 51}, Idempotency_Key="k1")

    assert (again.status, again.json) == (first.status, first.json)
    assert (other.status, other.code) == (422, "idempotency_key_reused")
    assert adjust(web, account, key=web.a_key("admin"), Idempotency_Key="k1").json["balance"] == 100


@pytest.mark.parametrize("key", ["", "a" * 256])
def test_an_impossible_key_is_told(web: Driver, key: str) -> None:
    account = web.an_account(f"keys{len(key)}")

    reply = adjust(web, account, Idempotency_Key=key)

    assert (reply.status, reply.code, reply.fields) == (422, "bad_parameter", ["Idempotency-Key"])
    assert web.ask("GET", f"/v1/accounts/{account}/credits").json["balance"] == 0


def test_taking_may_make_debt(web: Driver) -> None:
    account = web.an_account("taken")

    assert adjust(web, account, body={"credits": -5}).json["balance"] == -5
    assert web.ask("GET", f"/v1/accounts/{account}/credits").json["debt"] == 5


@pytest.mark.parametrize("scopes", [("billing",), ("read",), ("usage",)])
def test_only_an_admins_key_may(web: Driver, scopes: tuple[str, ...]) -> None:
    account, key = web.an_account(f"for-{scopes[0]}"), web.a_key(*scopes)

    assert adjust(web, account, key=key).code == "forbidden"
    path = f"/v1/accounts/{account}/credits/purchases/p1/refund"
    assert web.ask("POST", path, {"reason": "x"}, key=key).code == "forbidden"


def test_a_member_adjusts_nothing(web: Driver) -> None:
    account = web.an_account("members")

    assert adjust(web, account, Acting_Member="ada").code == "forbidden"


def test_a_refund_answers_the_purchase(web: Driver) -> None:
    account = web.an_account("refunds")
    path = f"/v1/accounts/{account}/credits/purchases/{bought(web, account)}/refund"
    money = {"amount": 200, "currency": "eur"}

    part = web.ask("POST", path, {"reason": "too many", "amount": money}, Idempotency_Key="refund")
    again = web.ask("POST", path, {"reason": "too many", "amount": money}, Idempotency_Key="refund")
    more = web.ask("POST", path, {"reason": "all", "amount": {**money, "amount": 301}})
    dollars = web.ask("POST", path, {"reason": "all", "amount": {**money, "currency": "usd"}})
    rest = web.ask("POST", path, {"reason": "all"})

    assert (part.status, part.json["state"]) == (200, "partially_refunded")
    assert again.json == part.json
    assert (more.status, more.code) == (409, "above_payment")
    assert (dollars.status, dollars.fields) == (422, ["amount.currency"])
    assert (rest.json["state"], rest.json["money"]) == ("refunded", {"amount": 500, "currency": "eur"})
    lines = web.ask("GET", f"/v1/accounts/{account}/credits/history").json["data"]
    assert [line["credits"] for line in lines] == [-600_000, -400_000, 1_000_000]


def test_what_cannot_be_refunded_is_told(web: Driver) -> None:
    account, other = web.an_account("refusals"), web.an_account("others")
    made = web.ask(
        "POST",
        f"/v1/accounts/{account}/credits/purchases",
        {"pack": "starter", "success_url": "https://app.example.com/", "cancel_url": "https://app.example.com/"},
    )
    path = "/v1/accounts/{}/credits/purchases/{}/refund"

    unpaid = web.ask("POST", path.format(account, made.json["id"]), {"reason": "x"})
    foreign = web.ask("POST", path.format(other, made.json["id"]), {"reason": "x"})

    assert (unpaid.status, unpaid.code) == (409, "not_paid")
    assert (foreign.status, foreign.code) == (404, "unknown_purchase")
