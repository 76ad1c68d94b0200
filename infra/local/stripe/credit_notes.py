"""Credit notes: the document by which a paid invoice, or a part of it, is taken back.

The money goes back to the card, to the customer's balance, or outside of Stripe. Before payment they are not built.
"""

from infra.local.stripe import balances, charges, invoice_payments, lists, refunds, tax
from infra.local.stripe.credit_amounts import Credit, credits
from infra.local.stripe.errors import invalid, not_built
from infra.local.stripe.events import emit, updating
from infra.local.stripe.metadata import merged
from infra.local.stripe.routing import LISTING, Route, Routes
from infra.local.stripe.shapes import blank
from infra.local.stripe.state import Object, Params, State

WAYS = ("refund_amount", "credit_amount", "out_of_band_amount")


def create(state: State, params: Params) -> Object:
    invoice = state.get("invoice", params["invoice"], "invoice")
    if invoice["status"] in ("open", "uncollectible"):
        raise not_built("credit notes before an invoice is paid")
    if invoice["status"] != "paid":
        raise invalid(f"A credit note needs a finalised invoice. This invoice is {invoice['status']}.", param="invoice")
    credited = credits(invoice, params)
    total = sum(each.total for each in credited)
    _check(invoice, params, total)
    charge = _charge(state, invoice, params.get("refund_amount", 0))
    note = _note(state, invoice, params, credited)
    if charge:
        refund = refunds.make(state, charge, params["refund_amount"], metadata={})
        note["refunds"] = [_link(refund)]
    if params.get("credit_amount"):
        customer = state.get("customer", invoice["customer"])
        fields = {"type": "credit_note", "credit_note": note["id"], "invoice": invoice["id"]}
        moved = balances.change(state, customer, -params["credit_amount"], **fields)
        note["customer_balance_transaction"] = moved["id"]
    emit(state, "credit_note.created", note)
    with updating(state, invoice):
        invoice["post_payment_credit_notes_amount"] += total
    return note


def update(state: State, params: Params, note_id: str) -> Object:
    note = state.get("credit_note", note_id)
    with updating(state, note):
        note["metadata"] = merged(note["metadata"], params.get("metadata"))
        note["memo"] = params.get("memo", note["memo"])
    return note


def retrieve(state: State, _params: Params, note_id: str) -> Object:
    return state.get("credit_note", note_id)


def lines(state: State, params: Params, note_id: str) -> Object:
    return lists.in_order(
        state.get("credit_note", note_id)["lines"]["data"], params, f"/v1/credit_notes/{note_id}/lines"
    )


def listed(state: State, params: Params) -> Object:
    found = lists.matching(list(state.every("credit_note")), params, "customer", "invoice")
    found = [each for each in found if lists.within(each["created"], params.get("created"))]
    return lists.page(found, params, "/v1/credit_notes")


def _check(invoice: Object, params: Params, total: int) -> None:
    left = invoice["amount_paid"] - invoice["post_payment_credit_notes_amount"]
    if total > left:
        raise invalid(f"The credit note comes to {total}, and only {left} can still be credited.", param="amount")
    if any(params.get(way, 0) < 0 for way in WAYS) or sum(params.get(way, 0) for way in WAYS) != total:
        raise invalid(
            "The sum of `refund_amount`, `credit_amount` and `out_of_band_amount` must equal the credit note's total, "
            f"which is {total}."
        )


def _charge(state: State, invoice: Object, amount: int) -> Object | None:
    """The charge that a refund is made of; raises Refusal where it has not so much left."""
    if not amount:
        return None
    charge = charges.named(state, invoice_payments.default_intent(state, invoice)["id"], "refund_amount")
    refunds.check(state, charge, amount)
    return charge


def _note(state: State, invoice: Object, params: Params, credited: list[Credit]) -> Object:
    note_id = state.ids.make("cn")
    total, net = sum(each.total for each in credited), sum(each.net for each in credited)
    earlier = sum(1 for _ in state.every("credit_note", invoice=invoice["id"]))
    made = [_line(state, each) for each in credited]
    return state.add(
        blank(
            "credit_note",
            id=note_id,
            amount=total,
            created=state.now(),
            currency=invoice["currency"],
            customer=invoice["customer"],
            effective_at=state.now(),
            invoice=invoice["id"],
            lines={"object": "list", "data": made, "has_more": False, "url": f"/v1/credit_notes/{note_id}/lines"},
            memo=params.get("memo"),
            metadata=merged({}, params.get("metadata")),
            number=f"{invoice['number']}-CN-{earlier + 1:02d}",
            out_of_band_amount=params.get("out_of_band_amount"),
            pdf=f"{state.url}/credit_note/{note_id}/pdf",
            post_payment_amount=total,
            reason=params.get("reason"),
            subtotal=sum(each.amount for each in credited),
            subtotal_excluding_tax=net,
            total=total,
            total_excluding_tax=net,
            total_taxes=tax.added_up([entry for each in credited for entry in each.taxes]),
        )
    )


def _line(state: State, credited: Credit) -> Object:
    line = blank(
        "credit_note_line_item",
        id=state.ids.make("cnli"),
        amount=credited.amount,
        description=credited.description,
        quantity=credited.quantity,
        taxes=credited.taxes,
        type="invoice_line_item" if credited.invoice_line_item else "custom_line_item",
    )
    if credited.invoice_line_item:
        line["invoice_line_item"] = credited.invoice_line_item
    return line


def _link(refund: Object) -> Object:
    return {
        "amount_refunded": refund["amount"],
        "payment_record_refund": None,
        "refund": refund["id"],
        "type": "refund",
    }


ROUTES: Routes = {
    "GET /v1/credit_notes": Route(listed, f"{LISTING} customer invoice created"),
    "POST /v1/credit_notes": Route(
        create,
        "invoice amount lines.type lines.invoice_line_item lines.quantity lines.amount refund_amount credit_amount "
        "out_of_band_amount memo metadata reason email_type",
    ),
    "GET /v1/credit_notes/{}": Route(retrieve),
    "POST /v1/credit_notes/{}": Route(update, "memo metadata"),
    "GET /v1/credit_notes/{}/lines": Route(lines, LISTING),
}
