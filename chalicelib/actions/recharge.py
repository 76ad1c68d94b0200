"""Recharging: what a write of STATE has reserved is charged and its credits granted, step by step.

Each Stripe id is saved before the next step and each step can be asked again, so whoever takes it up after a process
died goes on where that one was. The reply and the webhook end alike, whichever is first (end_recharge.py).
"""

from dataclasses import dataclass, replace

from chalicelib.actions.change_account import read
from chalicelib.actions.end_recharge import give_up, go_on, reserve_cost
from chalicelib.deps import Deps
from chalicelib.domain import purchases, recharge
from chalicelib.domain.accounts import Profile
from chalicelib.domain.cards import card_of
from chalicelib.domain.charges import DECLINED, DRAFT, OPEN, RECHARGE, TAKEN_OFF, Charge, standing
from chalicelib.domain.credits import BY_RULE, Purchase
from chalicelib.domain.packs import Pack
from chalicelib.domain.periods import HOUR, Instant
from chalicelib.domain.recharge import ACTION_REQUIRED, BLOCKED, NO_PAYMENT_METHOD, Recharge
from chalicelib.errors import ConditionFailed, Conflict, StripeGone, StripeRefused, UnknownAccount
from chalicelib.messages import RechargeMessage

NOBODY = "the customer, or what he was charged by, does not exist at Stripe any more"
RECALLED = 23 * HOUR
"""Seconds for which a key at Stripe is trusted, an hour less than Stripe promises; then the invoice is looked for."""


@dataclass(frozen=True)
class Begun:
    """A recharge in flight and where it stands in the account that was read."""

    message: RechargeMessage
    profile: Profile
    rule: recharge.Rule
    state: Recharge

    @property
    def key(self) -> str:
        return f"recharge:{self.message.account}:{self.message.number}"

    @property
    def metadata(self) -> dict[str, str]:
        return {"account": self.message.account, "kind": RECHARGE, RECHARGE: str(self.message.number)}


def pursue(deps: Deps, message: RechargeMessage) -> None:
    """The recharge brought as far as it can go now, nothing where it is over; after TryAgain it must be asked again."""
    begun = _begun(deps, message)
    if begun is None:
        return None
    purchase = deps.store.purchase(message.account, recharge.purchase_id(message.number), consistent=True)
    try:
        charge = _charge(deps, begun, purchase)
        if charge is not None:
            go_on(deps, message, charge)
    except StripeGone:
        customer = begun.profile.stripe_customer_id
        if customer is not None and deps.stripe.customer_exists(customer):
            return give_up(deps, message, BLOCKED, "its invoice was deleted at Stripe: save the rule to go on")
        give_up(deps, message, NO_PAYMENT_METHOD, NOBODY, card_of(begun.profile))
    except StripeRefused as error:
        if error.stripe_code == TAKEN_OFF:
            return give_up(deps, message, NO_PAYMENT_METHOD, NOBODY, card_of(begun.profile))
        give_up(deps, message, BLOCKED, f"Stripe refused it ({error.stripe_code}): save the rule to try again")
    return None


def _begun(deps: Deps, message: RechargeMessage) -> Begun | None:
    try:
        state, profile = read(deps, message.account)
    except UnknownAccount:
        return None
    rule, own = deps.store.rule(message.account, consistent=True), state.recharge
    if rule is None or own is None or not own.is_going(message.number):
        return None
    return Begun(message, profile, rule, own)


def _charge(deps: Deps, begun: Begun, purchase: Purchase | None) -> Charge | None:
    """The charge after all that can be done for it now; None where it was given up."""
    charge = deps.stripe.charges.charge(purchase.stripe_invoice_id) if purchase and purchase.stripe_invoice_id else None
    if purchase is None:
        purchase = _invoiced(deps, begun)
    if purchase is None or purchase.stop is not None:
        return charge
    if charge is None or charge.status == DRAFT:
        charge = _finalised(deps, begun, purchase, has_line=charge is not None and charge.total.amount > 0)
    if charge is None or standing(charge) != OPEN or begun.state.mode == ACTION_REQUIRED:
        return charge
    return _paid(deps, begun, charge, purchase.pack)


def _invoiced(deps: Deps, begun: Begun) -> Purchase | None:
    """The purchase of this recharge, its invoice begun at Stripe and its id saved."""
    pack, customer = deps.catalogue.packs.get(begun.rule.pack), begun.profile.stripe_customer_id
    if customer is None or pack is None or begun.profile.payment_method is None:
        return _nothing_begun(deps, begun, customer)
    now = deps.clock.now()
    invoice = _known_invoice(deps, begun, customer, now) or deps.stripe.charges.begin(
        customer, begun.metadata, pack.price.money.currency, key=begun.key
    )
    purchase = _purchase(begun, pack, invoice, now)
    try:
        deps.store.save_purchase(purchase, was=None)
    except ConditionFailed as error:
        found = deps.store.purchase(purchase.account, purchase.id, consistent=True)
        if found is None:
            raise Conflict("others keep writing the same recharge") from error
        return found
    return purchase


def _nothing_begun(deps: Deps, begun: Begun, customer: str | None) -> None:
    """Given up before it has an invoice, or had one that nobody saved: that is not left behind."""
    left = deps.stripe.charges.begun(customer, begun.metadata) if customer else None
    if left is not None:
        deps.stripe.charges.drop(left)
    if begun.rule.pack not in deps.catalogue.packs:
        return give_up(deps, begun.message, BLOCKED, f"the pack {begun.rule.pack} is not sold any more")
    return give_up(deps, begun.message, NO_PAYMENT_METHOD, recharge.NO_CARD, card_of(begun.profile))


def _known_invoice(deps: Deps, begun: Begun, customer: str, now: Instant) -> str | None:
    """Of one that began long ago: its invoice, which Stripe's key would not find any more."""
    since = (begun.state.look_at or now) - recharge.LOOK
    return deps.stripe.charges.begun(customer, begun.metadata) if now - since > RECALLED else None


def _purchase(begun: Begun, pack: Pack, invoice: str, now: Instant) -> Purchase:
    return Purchase(
        id=recharge.purchase_id(begun.message.number),
        account=begun.message.account,
        pack=pack.id,
        credits=pack.credits,
        money=pack.price.money,
        state=purchases.OPEN,
        at=now,
        stripe_invoice_id=invoice,
        kind=BY_RULE,
    )


def _finalised(deps: Deps, begun: Begun, purchase: Purchase, *, has_line: bool) -> Charge | None:
    """The charge with its exact cost; None where Stripe cannot tell it."""
    pack, invoice = deps.catalogue.packs.get(purchase.pack), purchase.stripe_invoice_id or ""
    if not has_line and (pack is None or (pack.credits, pack.price.money) != (purchase.credits, purchase.money)):
        return give_up(deps, begun.message, BLOCKED, f"the pack {purchase.pack} is not sold any more as it was")
    try:
        if pack is not None and not has_line:
            deps.stripe.charges.add_line(invoice, pack.price.lookup_key, key=f"{begun.key}:line")
        return deps.stripe.charges.finalise(invoice, key=f"{begun.key}:final")
    except StripeRefused as error:
        why = f"Stripe could not make the invoice ({error.stripe_code}): mend the address, then save the rule"
        return give_up(deps, begun.message, BLOCKED, why)


def _paid(deps: Deps, begun: Begun, charge: Charge, pack: str) -> Charge | None:
    """The charge after the card was charged; the rule and the limit are read once more before that."""
    method, customer = read(deps, begun.message.account)[1].payment_method, begun.profile.stripe_customer_id or ""
    if not reserve_cost(deps, begun.message, charge, pack):
        return None
    if method is None:
        return give_up(deps, begun.message, NO_PAYMENT_METHOD, recharge.NO_CARD)
    which = method.stripe_payment_method_id
    charge = deps.stripe.charges.pay(charge.stripe_invoice_id, which, key=f"{begun.key}:pay:{which}")
    if standing(charge) == DECLINED and deps.stripe.payment_method(customer, which) is None:
        charge = replace(charge, refusal=TAKEN_OFF)
    return replace(charge, fingerprint=method.fingerprint or which)
