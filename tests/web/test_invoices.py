from typing import Any

from chalicelib.actions.ensure_customer import ensure_customer
from tests.web.driver import URLS, Driver


def billed(web: Driver, account: str, count: int = 1) -> str:
    """The path of a new account's invoices, made by hand in the dashboard."""
    web.an_account(account)
    customer = ensure_customer(web.deps, account)
    api = web.world.operator.v1
    for _ in range(count):
        price = api.prices.list({"lookup_keys": ["pack_starter"]}).data[0].id
        invoice = api.invoices.create({"customer": customer}).id
        api.invoices.add_lines(invoice, {"lines": [{"pricing": {"price": price}}]})
        api.invoices.finalize_invoice(invoice)
    return f"/v1/accounts/{account}/invoices"


def subscribed(web: Driver, account: str) -> str:
    """The path of the invoices of an account that has paid for a plan."""
    web.an_account(account)
    wish = {"plan": "team", "interval": "month", "seats": 3, **URLS}
    web.world.pay(web.ask("POST", f"/v1/accounts/{account}/subscription", wish).json["url"])
    return f"/v1/accounts/{account}/invoices"


FIELDS = {
    "id", "number", "date", "status", "currency", "subtotal", "tax", "total", "amount_due", "amount_paid",
    "billing_reason", "hosted_url",
}  # fmt: skip


def test_an_invoice_is_listed_and_shown_with_its_lines(web: Driver) -> None:
    path = subscribed(web, "shown")

    listed = web.ask("GET", path)
    [invoice] = listed.json["data"]
    one = web.ask("GET", f"{path}/{invoice['id']}")

    assert set(invoice) == FIELDS
    assert listed.json["next_cursor"] is None
    assert (invoice["subtotal"], invoice["tax"], invoice["total"], invoice["currency"]) == (4_500, 855, 5_355, "eur")
    assert (invoice["status"], invoice["billing_reason"]) == ("paid", "subscription_create")
    assert invoice["date"].endswith("Z")
    [line] = one.json["lines"]
    assert one.json == invoice | {"lines": [line]}
    assert set(line) == {"description", "plan", "quantity", "amount", "period", "proration"}
    assert (line["plan"], line["quantity"], line["amount"], line["proration"]) == ("team", 3, 4_500, False)
    assert set(line["period"]) == {"start", "end"}
    assert listed.headers["Cache-Control"] == one.headers["Cache-Control"] == "no-store"


def test_the_pdf_is_a_fresh_link_that_nobody_keeps(web: Driver) -> None:
    path = billed(web, "pdf")
    [invoice] = web.ask("GET", path).json["data"]

    reply = web.ask("GET", f"{path}/{invoice['id']}/pdf")

    assert reply.status == 302
    assert reply.headers["Location"] == reply.json["url"] != ""
    assert reply.headers["Cache-Control"] == "no-store"


def test_pages_follow_each_other_by_a_cursor_of_this_list_and_account(web: Driver) -> None:
    path, other = billed(web, "pages", 3), billed(web, "others")

    pages: list[Any] = [web.ask("GET", f"{path}?limit=1").json]
    while pages[-1]["next_cursor"]:
        pages.append(web.ask("GET", f"{path}?limit=1&cursor={pages[-1]['next_cursor']}").json)

    whole = web.ask("GET", path).json["data"]
    assert [page["data"][0] for page in pages] == whole
    assert len(whole) == 3
    cursor = pages[0]["next_cursor"]
    assert web.ask("GET", f"{other}?cursor={cursor}").code == "bad_parameter"
    history = "/v1/accounts/pages/credits/history"
    assert web.ask("GET", f"{history}?cursor={cursor}").code == "bad_parameter"


def test_an_account_without_a_customer_has_no_invoices(web: Driver) -> None:
    web.an_account("free")

    assert web.ask("GET", "/v1/accounts/free/invoices").json == {"data": [], "next_cursor": None}
    assert web.ask("GET", "/v1/accounts/free/invoices/in_1").code == "unknown_invoice"


def test_another_accounts_invoice_is_answered_like_none(web: Driver) -> None:
    path, other = billed(web, "mine"), billed(web, "theirs")
    [invoice] = web.ask("GET", other).json["data"]
    before = web.everything()

    for tail in ("", "/pdf"):
        theirs = web.ask("GET", f"{path}/{invoice['id']}{tail}")
        none = web.ask("GET", f"{path}/in_none{tail}")
        assert (theirs.status, theirs.code) == (404, "unknown_invoice")
        assert theirs.text.replace(invoice["id"], "in_none") == none.text

    assert web.everything() == before


def test_who_may_not_see_billing_sees_no_invoices(web: Driver) -> None:
    path = billed(web, "members")
    [invoice] = web.ask("GET", path).json["data"]
    web.a_member("members", "bob", "member")
    web.a_member("members", "eve", "billing")

    for target in (path, f"{path}/{invoice['id']}", f"{path}/{invoice['id']}/pdf"):
        assert web.ask("GET", target, Acting_Member="bob").code == "forbidden"
        assert web.ask("GET", target, Acting_Member="eve").status in (200, 302)
        assert web.ask("GET", target, key=web.a_key("usage", "billing", "admin")).code == "forbidden"
        assert web.ask("GET", target, key=web.a_key("read", account="other")).code == "unknown_account"
