"""Deleting a customer, which cannot be undone: every subscription ends at once, and of him only his id can be read.

Open invoices stay, and can still be paid. Source: https://docs.stripe.com/api/customers/delete
"""

from infra.local.stripe import checkout_sessions, customers, subscription_life
from infra.local.stripe.events import emit
from infra.local.stripe.routing import Route, Routes
from infra.local.stripe.state import Object, Params, State, shown


def delete(state: State, _params: Params, customer_id: str) -> Object:
    customer = customers.existing(state, customer_id, param=None)
    for subscription in state.every("subscription", customer=customer_id):
        if subscription["status"] not in subscription_life.ENDED:
            subscription_life.end(state, subscription)
    for session in state.every("checkout.session", customer=customer_id, status="open"):
        checkout_sessions.end(state, session)
    for method in state.every("payment_method", customer=customer_id):
        method["customer"] = None
    emit(state, "customer.deleted", customer)
    customer["deleted"] = True
    return shown(customer)


ROUTES: Routes = {"DELETE /v1/customers/{}": Route(delete)}
