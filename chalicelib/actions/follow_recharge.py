"""Following a recharge's invoice at Stripe: what the reply would have told, its event tells, too."""

from chalicelib.actions.end_recharge import go_on
from chalicelib.deps import Deps
from chalicelib.domain.recharge import purchase_id
from chalicelib.messages import RechargeMessage


def follow_recharge(deps: Deps, stripe_invoice_id: str) -> None:
    """The recharge as its invoice has it; an invoice that only says it is one of ours is left alone."""
    charge = deps.stripe.charges.charge(stripe_invoice_id)
    if charge.account is None or charge.number is None:
        return
    purchase = deps.store.purchase(charge.account, purchase_id(charge.number), consistent=True)
    if purchase is not None and purchase.stripe_invoice_id == stripe_invoice_id:
        go_on(deps, RechargeMessage(charge.account, charge.number), charge)
