"""The pages that a browser sees: hosted Checkout and hosted invoices."""

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

from jinja2 import Environment, FileSystemLoader

from infra.local.stripe import actors, checkout_completion, checkout_lines
from infra.local.stripe.checkout_completion import Form
from infra.local.stripe.errors import Refusal
from infra.local.stripe.pdf import pdf
from infra.local.stripe.state import Object, State
from infra.local.stripe.tax import RATES

TEMPLATES = Path(__file__).parent / "templates"


@dataclass(frozen=True)
class Page:
    status: int
    content: bytes
    kind: str = "text/html; charset=utf-8"
    location: str | None = None


def page(state: State, method: str, path: str, body: str) -> Page:
    """The page at a path, or what sending its form leads to."""
    form = dict(parse_qsl(body))
    handlers = {r"/pay/(\w+)": _checkout, r"/invoice/(\w+)": _invoice, r"/invoice/(\w+)/pdf": _invoice_pdf}
    with state.lock:
        for pattern, handler in handlers.items():
            if found := re.fullmatch(pattern, path):
                return _answered(state, handler, method, found[1], form)
    return _message(404, "Nothing here")


def _answered(state: State, handler: Any, method: str, object_id: str, form: dict[str, str]) -> Page:
    try:
        return handler(state, method, object_id, form)
    except Refusal as refusal:
        return _message(refusal.status, str(refusal))


def _checkout(state: State, method: str, session_id: str, form: dict[str, str]) -> Page:
    session = state.get("checkout.session", session_id)
    if session["status"] != "open":
        return _message(410, f"This Checkout page is {session['status']}")
    if method == "GET":
        return _checkout_form(session, form)
    try:
        checkout_completion.pay(state, session, _filled(form))
    except Refusal as refusal:
        if refusal.fields.get("code") == "authentication_required" and "authenticate" not in form:
            return _html("authenticate.html", form=form)
        return _checkout_form(session, form, str(refusal))
    return _redirect(actors.success_url(session))


def _filled(form: dict[str, str]) -> Form:
    quantity = form.get("quantity", "")
    return Form(
        card=form.get("card", ""),
        quantity=int(quantity) if quantity.isdecimal() else None,
        address={name: form[name] for name in ("country", "postal_code") if form.get(name)},
        name=form.get("name"),
        email=form.get("email"),
        authenticated=form.get("authenticate") == "complete",
    )


def _checkout_form(session: Object, form: dict[str, str], error: str | None = None) -> Page:
    return _html(
        "checkout.html",
        status=402 if error else 200,
        session=session,
        adjustable=checkout_lines.adjustable(session),
        countries=[*sorted(RATES), "US"],
        form=form,
        error=error,
    )


def _invoice(state: State, method: str, invoice_id: str, form: dict[str, str]) -> Page:
    invoice = state.get("invoice", invoice_id)
    if method == "GET" or invoice["status"] != "open":
        return _html("invoice.html", invoice=invoice, error=None)
    try:
        actors.pay_invoice(state, invoice, form.get("card"), form.get("authenticate") == "complete")
    except Refusal as refusal:
        if refusal.fields.get("code") == "authentication_required" and "authenticate" not in form:
            return _html("authenticate.html", form=form)
        return _html("invoice.html", status=402, invoice=invoice, error=str(refusal))
    return _redirect(f"/invoice/{invoice_id}")


def _invoice_pdf(state: State, _method: str, invoice_id: str, _form: dict[str, str]) -> Page:
    invoice = state.get("invoice", invoice_id)
    lines = [f"Invoice {invoice['number']}", invoice["customer_name"] or "", ""]
    lines += [
        f"{line['description']}   {_money(line['amount'], line['currency'])}" for line in invoice["lines"]["data"]
    ]
    lines += ["", f"Total {_money(invoice['total'], invoice['currency'])}", invoice["status"]]
    return Page(200, pdf(lines), "application/pdf")


def _redirect(location: str) -> Page:
    return Page(303, b"", location=location)


def _message(status: int, text: str) -> Page:
    return _html("message.html", status=status, text=text)


def _html(template: str, status: int = 200, **values: Any) -> Page:
    return Page(status, _environment().get_template(template).render(**values).encode())


@cache
def _environment() -> Environment:
    environment = Environment(loader=FileSystemLoader(TEMPLATES), autoescape=True)
    environment.filters["money"] = _money
    return environment


def _money(amount: int, currency: str) -> str:
    return f"{amount // 100}.{amount % 100:02d} {currency.upper()}"
