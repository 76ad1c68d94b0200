"""How often one subscription may be changed (https://docs.stripe.com/rate-limits): 10 new invoices a minute, 20 a day,
200 changes of quantity an hour. More is refused as every other limit: 429 `rate_limit`, nothing done, not retried.
"""

from infra.local.stripe import invoice_life
from infra.local.stripe.errors import Refusal
from infra.local.stripe.state import Object, State

INVOICES = ((60, 10), (86_400, 20))
QUANTITIES = (3_600, 200)


def check_invoices(state: State, subscription: Object) -> None:
    """Raises Refusal where a subscription has had as many new invoices as it may."""
    made = [each for each in state.every("invoice") if invoice_life.subscription_id(each) == subscription["id"]]
    for seconds, most in INVOICES:
        if sum(each["created"] > state.now() - seconds for each in made) >= most:
            raise _too_often(f"{most} new invoices in {seconds} seconds")


def count_quantities(state: State, subscription: Object, items: list[Object]) -> None:
    """Note an update of quantities; raises Refusal where there were as many as there may be."""
    old = {item["id"]: item["quantity"] for item in subscription["items"]["data"]}
    if all(old.get(item["id"], item["quantity"]) == item["quantity"] for item in items):
        return
    seconds, most = QUANTITIES
    recent = [at for at in subscription.get("_quantity_updates", ()) if at > state.now() - seconds]
    if len(recent) >= most:
        raise _too_often(f"{most} updates of its quantity in {seconds} seconds")
    subscription["_quantity_updates"] = (*recent, state.now())


def _too_often(what: str) -> Refusal:
    return Refusal(429, "invalid_request_error", f"A subscription can have {what}, no more.", code="rate_limit")
