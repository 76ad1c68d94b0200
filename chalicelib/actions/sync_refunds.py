"""Bringing a purchase in line with what went back of its payment, wherever that was asked for: here, at Stripe, or by
the customer's bank.

Stripe is asked between the read of the account and the write that stands on it, so what is written is never older than
what somebody else wrote meanwhile.
"""

import logging

from chalicelib.actions.change_account import Commit, change_account
from chalicelib.actions.follow_recharge import follow_recharge
from chalicelib.actions.settle_checkout import settle_checkout
from chalicelib.credit_errors import PurchaseNotSettled
from chalicelib.deps import Beside, Deps
from chalicelib.domain.accounts import Profile, State
from chalicelib.domain.credits import BY_RULE, Purchase
from chalicelib.domain.journal import begin
from chalicelib.domain.payments import is_on_its_way
from chalicelib.domain.purchases import OPEN
from chalicelib.domain.recharge_losses import with_loss
from chalicelib.domain.refunds import GoneBack, Payment, after, after_one, reconciled
from chalicelib.errors import ConditionFailed

log = logging.getLogger(__name__)


def sync_refund(deps: Deps, stripe_refund_id: str) -> None:
    """The purchase that this refund is of, brought in line; payments that are no purchase of ours are left alone."""
    _sync(deps, deps.stripe.refunds.refunded_payment(stripe_refund_id), stripe_refund_id)


def sync_dispute(deps: Deps, stripe_dispute_id: str) -> None:
    """The same of a dispute."""
    _sync(deps, deps.stripe.refunds.disputed_payment(stripe_dispute_id), stripe_dispute_id)


def sync_purchase(deps: Deps, purchase: Purchase) -> None:
    """The purchase, granted before, has lost in credits what it has lost in money; raises TryAgain.

    Each refund and dispute is an entry of its own. Nobody is named at Stripe any more of one that failed, or that was
    sent just when the account was erased: an erasure would not find it.
    """
    intent = purchase.stripe_payment_intent_id
    while intent is not None and _books_one(deps, purchase, intent):
        pass


def _books_one(deps: Deps, purchase: Purchase, intent: str) -> bool:
    """Whether more is left to be booked after this one."""
    account, left, seen = purchase.account, list[bool](), list[GoneBack]()

    def decide(state: State, _: Profile) -> Commit | None:
        before = deps.store.purchase(account, purchase.id, consistent=True)
        if before is None or is_on_its_way(state, before):
            raise PurchaseNotSettled(f"the credits of purchase {purchase.id} are still to come")
        gone = deps.stripe.refunds.gone_back(intent)
        ends, changed, queue = after(before, gone), after_one(before, gone), deps.store.lots(state)
        left[:], seen[:] = [changed != ends], [gone]
        if changed == before:
            return None
        if queue is None:
            raise ConditionFailed({})
        change = reconciled(begin(state, deps.clock.now(), deps.catalogue), before, changed, gone, queue)
        rule = deps.store.rule(account, consistent=True) if before.kind == BY_RULE else None
        if rule is not None:
            change, rule = with_loss(change, rule, before, changed, ends)
        return Commit(change, beside=Beside(purchase=changed, purchase_was=before.state, rule=rule))

    state = change_account(deps, account, decide)
    if not left[-1]:
        _unname(deps, state, seen[-1])
    return left[-1]


def _unname(deps: Deps, state: State, gone: GoneBack) -> None:
    for refund in gone.refunds:
        if state.erased is not None or not refund.stands:
            deps.stripe.refunds.unname(refund)


def _sync(deps: Deps, payment: Payment | None, moved: str) -> None:
    # Another deployment may share the Stripe account: its accounts are not ours to wait for.
    if payment is None or deps.store.state(payment.account, consistent=True) is None:
        return
    purchase = _settled(deps, payment)
    if purchase.paid is None or purchase.stripe_payment_intent_id != payment.stripe_payment_intent_id:
        about = {"account_id": purchase.account, "purchase_id": purchase.id}
        log.error("refund.of_nothing_granted", extra=about | {"because": moved})
        return
    sync_purchase(deps, purchase)


def _settled(deps: Deps, payment: Payment) -> Purchase:
    """The purchase, its credits granted if they can be; what is not known yet is waited for."""
    purchase = deps.store.purchase(payment.account, payment.purchase, consistent=True)
    if purchase is not None and purchase.state == OPEN:
        if purchase.stripe_session_id:
            settle_checkout(deps, purchase.stripe_session_id)
        elif purchase.stripe_invoice_id:
            follow_recharge(deps, purchase.stripe_invoice_id)
        purchase = deps.store.purchase(payment.account, payment.purchase, consistent=True)
    if purchase is None or _waits_for_its_money(purchase):
        raise PurchaseNotSettled(f"the payment of purchase {payment.purchase} is not known yet")
    return purchase


def _waits_for_its_money(purchase: Purchase) -> bool:
    """Whether something else is about to tell of the payment: an event of the session, or of the recharge's invoice."""
    return purchase.paid is None and (purchase.kind == BY_RULE or purchase.stripe_session_id is None)
