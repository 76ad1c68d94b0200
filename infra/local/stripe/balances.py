"""A customer's balance: what invoices left over, kept for the next one. Below zero is credit, above zero is owed.

What comes to less than the least that Stripe charges is left to the balance too (`amount_due` of
https://docs.stripe.com/api/invoices/object).
"""

from infra.local.stripe import lists
from infra.local.stripe.errors import no_such
from infra.local.stripe.events import updating
from infra.local.stripe.metadata import merged
from infra.local.stripe.routing import LISTING, Route, Routes
from infra.local.stripe.shapes import blank
from infra.local.stripe.state import Object, Params, State

# About half a dollar in every currency.
LEAST_CHARGE = 50


def due(total: int, balance: int) -> int:
    """What is charged for an invoice of this total."""
    return total + balance if total + balance >= LEAST_CHARGE else 0


def settle(state: State, invoice: Object, is_charged: bool) -> None:
    """Take from the balance, or leave to it, what the invoice being finalised does not charge.

    A payment that was made already (`is_charged`) leaves the balance alone.
    """
    customer = state.get("customer", invoice["customer"])
    before = customer["balance"]
    if is_charged:
        invoice.update(amount_due=invoice["total"], amount_remaining=invoice["total"])
    after = before + invoice["total"] - invoice["amount_due"]
    invoice.update(starting_balance=before, ending_balance=after)
    if after != before:
        change(state, customer, after - before, type="applied_to_invoice", invoice=invoice["id"])


def give_back(state: State, invoice: Object) -> None:
    """Undo what a voided invoice did to the balance."""
    amount = invoice["starting_balance"] - (invoice["ending_balance"] or 0)
    if invoice["ending_balance"] is not None and amount:
        customer = state.get("customer", invoice["customer"])
        change(state, customer, amount, type="unapplied_from_invoice", invoice=invoice["id"])


def change(state: State, customer: Object, amount: int, **fields: object) -> Object:
    """A transaction of the balance; a negative amount is credit."""
    with updating(state, customer):
        customer["balance"] += amount
    return state.add(
        blank(
            "customer_balance_transaction",
            id=state.ids.make("cbtxn"),
            amount=amount,
            created=state.now(),
            currency=customer["currency"] or "eur",
            customer=customer["id"],
            ending_balance=customer["balance"],
            **fields,
        )
    )


def create(state: State, params: Params, customer_id: str) -> Object:
    customer = _customer(state, customer_id)
    return change(
        state,
        customer,
        params["amount"],
        type="adjustment",
        description=params.get("description"),
        metadata=merged({}, params.get("metadata")),
    )


def listed(state: State, params: Params, customer_id: str) -> Object:
    found = list(state.every("customer_balance_transaction", customer=_customer(state, customer_id)["id"]))
    return lists.page(found, params, f"/v1/customers/{customer_id}/balance_transactions")


def retrieve(state: State, _params: Params, customer_id: str, transaction_id: str) -> Object:
    transaction = state.get("customer_balance_transaction", transaction_id)
    if transaction["customer"] != customer_id:
        raise no_such("customer_balance_transaction", transaction_id, None, 404)
    return transaction


def _customer(state: State, customer_id: str) -> Object:
    customer = state.get("customer", customer_id)
    if customer.get("deleted"):
        raise no_such("customer", customer_id, None, 404)
    return customer


ROUTES: Routes = {
    "GET /v1/customers/{}/balance_transactions": Route(listed, LISTING),
    "POST /v1/customers/{}/balance_transactions": Route(create, "amount currency description metadata"),
    "GET /v1/customers/{}/balance_transactions/{}": Route(retrieve),
}
