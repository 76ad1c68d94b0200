"""The pages that a browser sees: hosted Checkout, hosted invoices and the billing portal."""

import re
from typing import Any
from urllib.parse import parse_qsl

from infra.local.stripe import actors, checkout_completion, checkout_lines, invoice_payments, portal_page
from infra.local.stripe.checkout_completion import Form
from infra.local.stripe.errors import Refusal
from infra.local.stripe.pages import Page, html, message, money, redirect
from infra.local.stripe.pdf import pdf
from infra.local.stripe.state import Object, State
from infra.local.stripe.tax import RATES

PAYABLE = ("open", "uncollectible")


def page(state: State, method: str, path: str, body: str) -> Page:
    """The page at a path, or what sending its form leads to."""
    form = dict(parse_qsl(body))
    handlers = {
        r"/pay/(\w+)": _checkout,
        r"/invoice/(\w+)": _invoice,
        r"/invoice/(\w+)/pdf": _invoice_pdf,
        r"/credit_note/(\w+)/pdf": _credit_note_pdf,
        r"/p/session/(\w+)": portal_page.enter,
        r"/portal/(\w+)": portal_page.visit,
    }
    with state.lock:
        for pattern, handler in handlers.items():
            if found := re.fullmatch(pattern, path):
                return _answered(state, handler, method, found[1], form)
    return message(404, "Nothing here")


def _answered(state: State, handler: Any, method: str, object_id: str, form: dict[str, str]) -> Page:
    try:
        return handler(state, method, object_id, form)
    except Refusal as refusal:
        return message(refusal.status, str(refusal))


def _checkout(state: State, method: str, session_id: str, form: dict[str, str]) -> Page:
    session = state.get("checkout.session", session_id)
    if session["status"] != "open":
        return message(410, f"This Checkout page is {session['status']}")
    if method == "GET":
        return _checkout_form(session, form)
    try:
        checkout_completion.pay(state, session, _filled(form))
    except Refusal as refusal:
        if refusal.fields.get("code") == "authentication_required" and "authenticate" not in form:
            return html("authenticate.html", form=form)
        return _checkout_form(session, form, str(refusal))
    return redirect(actors.success_url(session))


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
    return html(
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
    if method == "GET" or invoice["status"] not in PAYABLE:
        return _invoice_form(state, invoice)
    try:
        actors.pay_invoice(state, invoice, form.get("card"), form.get("authenticate") == "complete")
    except Refusal as refusal:
        if refusal.fields.get("code") == "authentication_required" and "authenticate" not in form:
            return html("authenticate.html", form=form)
        return _invoice_form(state, invoice, str(refusal))
    return redirect(f"/invoice/{invoice_id}")


def _invoice_form(state: State, invoice: Object, error: str | None = None) -> Page:
    payment = invoice_payments.default_intent(state, invoice)["status"] if invoice["status"] in PAYABLE else None
    return html("invoice.html", status=402 if error else 200, invoice=invoice, payment=payment, error=error)


def _invoice_pdf(state: State, _method: str, invoice_id: str, _form: dict[str, str]) -> Page:
    invoice = state.get("invoice", invoice_id)
    return _pdf(invoice, [f"Invoice {invoice['number']}", invoice["customer_name"] or ""], invoice["status"])


def _credit_note_pdf(state: State, _method: str, note_id: str, _form: dict[str, str]) -> Page:
    note = state.get("credit_note", note_id)
    invoice = state.get("invoice", note["invoice"])
    return _pdf(note, [f"Credit note {note['number']}", f"to invoice {invoice['number']}"], note["status"])


def _pdf(document: Object, head: list[str], foot: str) -> Page:
    currency = document["currency"]
    sold = document.get("_lines", document["lines"]["data"])
    lines = [f"{line['description']}   {money(line['amount'], currency)}" for line in sold]
    total = f"Total {money(document['total'], currency)}"
    return Page(200, pdf([*head, "", *lines, "", total, foot]), "application/pdf")
