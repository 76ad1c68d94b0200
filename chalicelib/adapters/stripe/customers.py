"""Customers at Stripe: whether one is there, and what he is charged by.

Nothing goes away there: a deleted customer still has an id, and a payment method that was taken off can be asked for.
"""

from typing import Any

from chalicelib.adapters.stripe import objects
from chalicelib.adapters.stripe.calls import Calls
from chalicelib.domain.subscriptions import PaymentMethod
from chalicelib.errors import StripeGone, StripeRefused

PAGE = 100


def payment_method(calls: Calls, stripe_customer_id: str, stripe_payment_method_id: str | None) -> PaymentMethod | None:
    """This payment method of the customer's, or else the default one; None if there is none, or no customer."""
    try:
        if stripe_payment_method_id:
            return _own(calls, stripe_customer_id, stripe_payment_method_id)
        return _default(calls, stripe_customer_id)
    except StripeGone:
        return None


def exists(calls: Calls, stripe_customer_id: str) -> bool:
    """Whether there is such a customer, and not deleted."""
    try:
        found = calls.ask(lambda client: client.v1.customers.retrieve(stripe_customer_id))
    except StripeGone:
        return False
    return not getattr(found, "deleted", False)


def create(calls: Calls, account: str, name: str, email: str, key: str) -> str:
    """The id of a new customer, or of the one that the same key has made."""
    params: Any = {"name": name, "email": email, "metadata": {"account": account}}
    return calls.make(
        key,
        lambda client, options: client.v1.customers.create(params, options).id,
        look=lambda: next(iter(_under(calls, account, email)), None),
    )


def of_account(calls: Calls, account: str, email: str) -> list[str]:
    """Those that were made for this account under this address, and those under any that Stripe's search knows by now.

    It lags by a minute, or by more in an outage. Source: https://docs.stripe.com/search.
    """
    query: Any = {"query": f"metadata['account']:'{account}'", "limit": PAGE}
    found = calls.ask(lambda client: client.v1.customers.search(query)).data
    return list(dict.fromkeys([*_under(calls, account, email), *(each.id for each in found)]))


def _under(calls: Calls, account: str, email: str) -> list[str]:
    params: Any = {"email": email, "limit": PAGE}
    found = calls.ask(lambda client: client.v1.customers.list(params)).data
    return [each.id for each in found if each.to_dict()["metadata"].get("account") == account]


def delete(calls: Calls, stripe_customer_id: str) -> None:
    """He is gone, whatever he subscribed to has ended, and nobody is named there; his invoices stay."""
    try:
        _forget_why(calls, stripe_customer_id)
        calls.make(f"delete:{stripe_customer_id}", lambda client, _: client.v1.customers.delete(stripe_customer_id))
    except StripeGone:
        return


def _forget_why(calls: Calls, stripe_customer_id: str) -> None:
    which: Any = {"customer": stripe_customer_id, "status": "all", "limit": PAGE}
    params: Any = {"cancellation_details": {"comment": ""}}
    for each in calls.ask(lambda client: list(client.v1.subscriptions.list(which).auto_paging_iter())):
        if (each.to_dict().get("cancellation_details") or {}).get("comment"):
            calls.make(
                f"forget_why:{each.id}",
                lambda client, options, name=each.id: client.v1.subscriptions.update(name, params, options),
            )


def use_by_default(calls: Calls, stripe_customer_id: str, stripe_payment_method_id: str, key: str) -> None:
    """The customer is charged by this one, unless something names another."""
    params: Any = {"invoice_settings": {"default_payment_method": stripe_payment_method_id}}
    calls.make(key, lambda client, options: client.v1.customers.update(stripe_customer_id, params, options))


def _own(calls: Calls, stripe_customer_id: str, stripe_payment_method_id: str) -> PaymentMethod | None:
    found = calls.ask(lambda client: client.v1.payment_methods.retrieve(stripe_payment_method_id)).to_dict()
    return objects.payment_method(found) if objects.id_of(found.get("customer")) == stripe_customer_id else None


def _default(calls: Calls, stripe_customer_id: str) -> PaymentMethod | None:
    expand: Any = {"expand": ["invoice_settings.default_payment_method"]}
    try:
        customer = calls.ask(lambda client: client.v1.customers.retrieve(stripe_customer_id, expand)).to_dict()
    except StripeRefused:
        # A deleted customer has no settings to expand.
        if exists(calls, stripe_customer_id):
            raise
        return None
    method = (customer.get("invoice_settings") or {}).get("default_payment_method")
    return objects.payment_method(method) if method else None
