"""Opening Stripe's billing portal: every account has one, on Free too, so its customer is made where there is none."""

from chalicelib.actions.asking import Asker, operation_of
from chalicelib.actions.ensure_customer import ensure_customer
from chalicelib.deps import Deps


def open_portal(deps: Deps, account: str, return_url: str, flow: str | None, asker: Asker) -> str:
    """Where the account's customer goes; the address works once and not for long. Raises UnknownAccount.

    Within a day the same operation is given the same address.
    """
    customer = ensure_customer(deps, account)
    return deps.stripe.portal(customer, return_url, flow=flow, key=f"portal:{account}:{operation_of(deps, asker)}")
