"""Credits: packs bought, the balance with its lots, and the history that adds up to it."""

from typing import Any

from msgspec import UNSET, Struct, UnsetType

from chalicelib.actions.buy_credits import buy_credits
from chalicelib.actions.read_credits import read_credits
from chalicelib.actions.read_history import read_history
from chalicelib.actions.read_purchase import read_purchase
from chalicelib.actions.refund_purchase import refund_purchase
from chalicelib.credit_errors import AbovePayment, Disputed, NotPaid, PurchaseNotSettled
from chalicelib.domain.credits import Lot, Purchase
from chalicelib.domain.history import HistoryLine
from chalicelib.domain.money import Money
from chalicelib.errors import Conflict, NotForSale, UnknownPack, UnknownPurchase
from chalicelib.web import pages, render
from chalicelib.web.auth import BILLING
from chalicelib.web.call import Answer, Call
from chalicelib.web.contract import CSV, STRIPE, Says
from chalicelib.web.csv_answers import as_csv, wants_csv
from chalicelib.web.field_types import Currency, Id, Quantity, Reason, Url
from chalicelib.web.pages import PageQuery
from chalicelib.web.return_urls import check_return_urls
from chalicelib.web.routes import Routes
from chalicelib.web.shapes import credits as shapes

routes = Routes(__name__)

HISTORY = "history"


class PurchaseBody(Struct, frozen=True, forbid_unknown_fields=True):
    pack: Id
    success_url: Url
    cancel_url: Url


class RefundAmount(Struct, frozen=True, forbid_unknown_fields=True):
    amount: Quantity
    currency: Currency


class RefundBody(Struct, frozen=True, forbid_unknown_fields=True):
    reason: Reason
    amount: RefundAmount | UnsetType = UNSET


@routes.on(
    "POST",
    "/v1/accounts/{account}/credits/purchases",
    scopes={"billing"},
    person=BILLING,
    answers=shapes.PurchaseBegun,
    refuses=(UnknownPack, NotForSale, UnknownPurchase, *STRIPE),
)
def buy(call: Call, account: str, body: PurchaseBody) -> Answer:
    """A Checkout for one pack; its credits arrive when it is paid."""
    check_return_urls(call.deps.settings.return_hosts, success_url=body.success_url, cancel_url=body.cancel_url)
    purchase, url = buy_credits(call.deps, account, body.pack, (body.success_url, body.cancel_url), call.asker)
    return Answer({"id": purchase.id, "url": url})


@routes.on(
    "GET",
    "/v1/accounts/{account}/credits/purchases/{purchase}",
    scopes={"read"},
    person=BILLING,
    answers=shapes.Purchase,
    refuses=(Conflict, *STRIPE),
)
def purchase(call: Call, account: str, purchase: str) -> Answer:
    """The purchase; grants its credits if it is paid and they are not there yet."""
    return Answer(_purchase(read_purchase(call.deps, account, purchase)))


@routes.on(
    "POST",
    "/v1/accounts/{account}/credits/purchases/{purchase}/refund",
    scopes={"admin"},
    person=BILLING,
    answers=shapes.Purchase,
    refuses=(AbovePayment, Disputed, NotPaid, PurchaseNotSettled, *STRIPE),
)
def refund(call: Call, account: str, purchase: str, body: RefundBody) -> Answer:
    """Sends money back, all that is left or the amount, and takes back the credits that it had bought."""
    money = Money(body.amount.amount, body.amount.currency) if body.amount is not UNSET else None
    found = refund_purchase(call.deps, account, purchase, money, body.reason, call.asker)
    return Answer(_purchase(found))


@routes.on("GET", "/v1/accounts/{account}/credits", scopes={"read"}, person=BILLING, answers=shapes.Credits)
def credits(call: Call, account: str) -> Answer:
    """Balance and lots."""
    view = read_credits(call.deps, account)
    return Answer(
        {
            "balance": view.balance,
            "held": view.held,
            "available": view.available,
            "debt": view.debt,
            "lots": [_lot(each) for each in view.lots],
            "recharge": render.recharge(view.recharge, call.deps.catalogue),
        }
    )


@routes.on(
    "GET",
    "/v1/accounts/{account}/credits/history",
    scopes={"read"},
    person=BILLING,
    answers={200: Says(shapes.History, media=(CSV,), headers=("Next-Cursor",))},
)
def history(call: Call, account: str, query: PageQuery) -> Answer:
    """One page of the history, newest first; as CSV the next cursor is in the header Next-Cursor."""
    place = pages.place_of(call, HISTORY, account, query.cursor)
    found, on = read_history(call.deps, account, place, query.limit)
    cursor = pages.cursor_of(call, HISTORY, account, on)
    lines = [_line(each) for each in found]
    if wants_csv(call):
        return as_csv(COLUMNS, [line | (line["money"] or {}) for line in lines], cursor)
    return Answer({"data": lines, "next_cursor": cursor})


def _purchase(value: Purchase) -> dict[str, Any]:
    return {
        "id": value.id,
        "pack": value.pack,
        "credits": value.credits,
        "money": render.money(value.paid or value.money),
        "state": value.state,
        "invoice": value.stripe_invoice_id,
    }


def _lot(value: Lot) -> dict[str, Any]:
    return {
        "id": value.id,
        "kind": value.kind,
        "credits": value.credits,
        "left": value.left,
        "at": render.time(value.at),
        "expires_at": render.time(value.expires_at),
    }


def _line(value: HistoryLine) -> dict[str, Any]:
    return {
        "id": value.id,
        "at": render.time(value.at),
        "kind": value.kind,
        "credits": value.credits,
        "balance_after": value.balance_after,
        "meter": value.meter,
        "quantity": value.quantity,
        "money": None if value.money is None else render.money(value.money),
        "cause": value.cause,
        "note": value.note,
    }


COLUMNS = ("id", "at", "kind", "credits", "balance_after", "meter", "quantity", "amount", "currency", "cause", "note")
