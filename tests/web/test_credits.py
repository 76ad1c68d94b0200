import csv
from io import StringIO

from tests.web.driver import URLS, Driver


def bought(web: Driver, account: str, pack: str = "starter") -> str:
    """A pack bought and paid; the purchase's id."""
    made = web.ask("POST", f"/v1/accounts/{account}/credits/purchases", {"pack": pack, **URLS})
    assert made.status == 200
    web.world.pay(made.json["url"])
    return made.json["id"]


def test_a_pack_is_bought_and_its_credits_are_there_when_the_return_page_asks(web: Driver) -> None:
    account = web.an_account("packs")
    made = web.ask("POST", f"/v1/accounts/{account}/credits/purchases", {"pack": "starter", **URLS}).json
    path = f"/v1/accounts/{account}/credits/purchases/{made['id']}"

    before = web.ask("GET", path).json
    web.world.pay(made["url"])
    after = web.ask("GET", path).json
    credits = web.ask("GET", f"/v1/accounts/{account}/credits").json

    assert set(made) == {"id", "url"}
    assert set(before) == {"id", "pack", "credits", "money", "state", "invoice"}
    assert (before["state"], after["state"]) == ("open", "paid")
    assert after["invoice"].startswith("in_")
    assert credits["balance"] == credits["available"] == after["credits"]
    assert (credits["held"], credits["debt"], credits["recharge"]) == (0, 0, {"enabled": False})
    [lot] = credits["lots"]
    assert set(lot) == {"id", "kind", "credits", "left", "at", "expires_at"}
    assert (lot["kind"], lot["left"], lot["expires_at"]) == ("purchase", after["credits"], None)


def test_an_amount_of_null_refunds_nothing(web: Driver) -> None:
    account = web.an_account("nulls")
    path = f"/v1/accounts/{account}/credits/purchases/{bought(web, account)}"
    assert web.ask("GET", path).json["state"] == "paid"

    refused = web.ask("POST", f"{path}/refund", {"reason": "not needed", "amount": None})

    assert (refused.status, refused.json["errors"][0]["field"]) == (422, "amount")
    assert web.ask("GET", path).json["state"] == "paid"
    assert web.ask("POST", f"{path}/refund", {"reason": "not needed"}).json["state"] == "refunded"


def test_the_history_adds_up_to_the_balance_page_by_page(web: Driver) -> None:
    account = web.an_account("history")
    for _ in range(3):
        web.ask("GET", f"/v1/accounts/{account}/credits/purchases/{bought(web, account)}")
        event = {"id": f"e{_}", "account": account, "meter": "enrichments", "quantity": 15}
        assert web.ask("POST", "/v1/usage", {"events": [event]}).json["recorded"] == 1
    whole = web.ask("GET", f"/v1/accounts/{account}/credits/history?limit=100").json
    path = f"/v1/accounts/{account}/credits/history?limit=1"

    pages = [web.ask("GET", path).json]
    while pages[-1]["next_cursor"]:
        pages.append(web.ask("GET", f"{path}&cursor={pages[-1]['next_cursor']}").json)

    lines = [line for page in pages for line in page["data"]]
    balance = web.ask("GET", f"/v1/accounts/{account}/credits").json["balance"]
    assert [line["id"] for line in lines] == [line["id"] for line in whole["data"]]
    assert whole["next_cursor"] is None
    assert len({line["id"] for line in lines}) == len(lines) == 6
    assert sum(line["credits"] for line in lines) == balance == lines[0]["balance_after"]
    assert {line["kind"] for line in lines} == {"purchase", "usage"}
    assert set(lines[0]) == {
        "id", "at", "kind", "credits", "balance_after", "meter", "quantity", "money", "cause", "note",
    }  # fmt: skip


def test_a_cursor_is_of_its_account_only(web: Driver) -> None:
    account, other = web.an_account("mine"), web.an_account("theirs")
    for _ in range(2):
        web.ask("GET", f"/v1/accounts/{account}/credits/purchases/{bought(web, account)}")
    cursor = web.ask("GET", f"/v1/accounts/{account}/credits/history?limit=1").json["next_cursor"]

    assert web.ask("GET", f"/v1/accounts/{account}/credits/history?cursor={cursor}").status == 200
    assert web.ask("GET", f"/v1/accounts/{other}/credits/history?cursor={cursor}").code == "bad_parameter"


def test_the_history_is_a_table_for_who_asks_for_one(web: Driver) -> None:
    account = web.an_account("table")
    for _ in range(2):
        web.ask("GET", f"/v1/accounts/{account}/credits/purchases/{bought(web, account)}")
    path = f"/v1/accounts/{account}/credits/history?limit=1"

    reply = web.ask("GET", path, Accept="text/csv")

    [row] = csv.DictReader(StringIO(reply.text))
    line = web.ask("GET", path).json
    assert reply.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert reply.headers["Next-Cursor"] == line["next_cursor"]
    assert int(row["credits"]) == line["data"][0]["credits"]
    assert (int(row["amount"]), row["currency"]) == tuple(line["data"][0]["money"].values())


def test_a_purchase_is_of_its_account_only(web: Driver) -> None:
    purchase = bought(web, web.an_account("owner"))
    web.an_account("stranger")

    assert web.ask("GET", f"/v1/accounts/stranger/credits/purchases/{purchase}").code == "unknown_purchase"
