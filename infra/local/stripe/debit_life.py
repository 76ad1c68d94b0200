"""What a bank's answer to a debit means, days later: for its invoice, and for the Checkout that it completed."""

from infra.local.stripe import checkout_completion, debits, disputes, dunning, invoice_life, invoice_payments
from infra.local.stripe import payment_intents as intents
from infra.local.stripe.events import emit
from infra.local.stripe.state import Object, State


def settle(state: State, intent: Object) -> None:
    method = state.get("payment_method", intent["payment_method"])
    if intents.settle(state, intent):
        _failed(state, intent)
        return
    _succeeded(state, intent)
    if debits.account_of(method["_number"]).disputed:
        # A debit's dispute is final from its first moment.
        disputes.tell(state, state.get("charge", intent["latest_charge"]), "lost")


def _succeeded(state: State, intent: Object) -> None:
    invoice, session = invoice_payments.invoice_of(state, intent), _session(state, intent)
    if invoice:
        invoice_life.settled(state, invoice)
    if session:
        checkout_completion.debited(state, session, intent)


def _failed(state: State, intent: Object) -> None:
    invoice, session = invoice_payments.invoice_of(state, intent), _session(state, intent)
    if invoice:
        dunning.debit_failed(state, invoice)
    if session:
        emit(state, "checkout.session.async_payment_failed", session)


def _session(state: State, intent: Object) -> Object | None:
    """The Checkout session that this debit completed; a later one for the same invoice is not Checkout's."""
    return next(state.every("checkout.session", _intent=intent["id"], payment_status="unpaid"), None)
