"""Which purchase a refund or a dispute is of, and what went back of a payment, asked of the emulator."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
import stripe

from chalicelib.adapters.stripe.refunds import Refunds
from chalicelib.domain.money import Money
from chalicelib.domain.refunds import Payment
from chalicelib.errors import StripeGone, StripeRefused
from infra.local.clock import Clock
from infra.local.stripe import disputes
from infra.local.stripe.emulator import Emulator
from infra.local.stripe.faults import CYCLE, Fault
from infra.stripe_offers import sync_offers
from tests.adapters.stripe.test_gateway import a_gateway, an_operator
from tests.builders import NOW, a_catalogue

pytestmark = pytest.mark.usefixtures("impatient")

PACK = {"account": "acme", "kind": "credit_pack", "purchase": "p1"}


@dataclass(frozen=True)
class Paid:
    emulator: Emulator
    operator: stripe.StripeClient
    refunds: Refunds
    intent: str

    def describe(self, intent: dict[str, str], invoice: dict[str, str]) -> None:
        """What the payment's and its invoice's metadata claim."""
        self.operator.v1.payment_intents.update(self.intent, {"metadata": {**dict.fromkeys(PACK, ""), **intent}})
        [payment] = self.operator.v1.invoice_payments.list(
            {"payment": {"type": "payment_intent", "payment_intent": self.intent}}
        ).data
        cleared = dict.fromkeys((*PACK, "recharge"), "")
        self.operator.v1.invoices.update(str(payment.invoice), {"metadata": {**cleared, **invoice}})

    def refund(self, amount: int) -> str:
        return self.operator.v1.refunds.create({"payment_intent": self.intent, "amount": amount}).id

    def send(self, amount: int, request: str = "r", key: str = "k") -> Any:
        return self.refunds.send(self.intent, Money(amount, "eur"), {"account": "acme", "request": request}, key=key)


@pytest.fixture(scope="module")
def emulator() -> Iterator[Emulator]:
    with Emulator(Clock(NOW)).serve() as emulator:
        sync_offers(an_operator(emulator), a_catalogue())
        yield emulator


@pytest.fixture
def paid(emulator: Emulator) -> Paid:
    """An invoice of 5 EUR that was charged."""
    operator = an_operator(emulator)
    customer = operator.v1.customers.create({"name": "Acme", "metadata": {"account": "acme"}}).id
    card = operator.v1.payment_methods.attach("pm_card_visa", {"customer": customer}).id
    params: Any = {"customer": customer, "currency": "eur", "auto_advance": False}
    invoice = operator.v1.invoices.create(params | {"pending_invoice_items_behavior": "exclude"})
    [price] = operator.v1.prices.list({"lookup_keys": ["pack_starter"]}).data
    operator.v1.invoices.add_lines(invoice.id, {"lines": [{"pricing": {"price": price.id}, "quantity": 1}]})
    operator.v1.invoices.finalize_invoice(invoice.id)
    operator.v1.invoices.pay(invoice.id, {"payment_method": card, "off_session": True})
    [payment] = operator.v1.invoice_payments.list({"invoice": invoice.id}).data
    return Paid(emulator, operator, a_gateway(emulator.url).refunds, str(payment.payment.payment_intent))


@pytest.mark.parametrize(
    ("reason", "intent", "invoice", "found"),
    [
        ("a pack says so on its payment", PACK, {}, ("acme", "p1")),
        ("a recharge says so on its invoice", {}, {"account": "acme", "recharge": "12"}, ("acme", "r12")),
        ("nobody says anything", {}, {}, None),
        ("a subscription names its account only", {"account": "acme"}, {"account": "acme"}, None),
        ("a recharge is numbered", {}, {"account": "acme", "recharge": "1x"}, None),
        ("a recharge has an account", {}, {"recharge": "1"}, None),
    ],
)
def test_a_payment_is_known_by_its_metadata_or_its_invoices(
    paid: Paid, reason: str, intent: dict[str, str], invoice: dict[str, str], found: tuple[str, str] | None
) -> None:
    paid.describe(intent, invoice)
    dispute = disputes.dispute(paid.emulator.state, paid.intent, "warning_needs_response")["id"]

    payments = paid.refunds.refunded_payment(paid.refund(1)), paid.refunds.disputed_payment(dispute)

    assert set(payments) == {found and Payment(paid.intent, *found)}, reason
    assert paid.emulator.state.problems == []


def test_all_that_went_back_is_told(paid: Paid) -> None:
    first, second = paid.refund(100), paid.refund(50)
    dispute = disputes.dispute(paid.emulator.state, paid.intent, amount=30)["id"]

    gone = paid.refunds.gone_back(paid.intent)

    assert {(each.stripe_refund_id, each.money.amount, each.status) for each in gone.refunds} == {
        (first, 100, "succeeded"),
        (second, 50, "succeeded"),
    }
    [found] = gone.disputes
    assert (found.stripe_dispute_id, found.status, found.money) == (dispute, "needs_response", Money(30, "eur"))
    assert gone.of(Money(500, "eur")) == 180


def test_more_refunds_than_a_page_holds_are_told(paid: Paid) -> None:
    for _ in range(101):
        paid.refund(1)

    assert paid.refunds.gone_back(paid.intent).of(Money(500, "eur")) == 101


@pytest.mark.parametrize("fault", [Fault.NONE, Fault.BEFORE, Fault.KEPT_UNDONE, Fault.KEPT_DONE, Fault.LOST])
def test_sending_back_happens_once_whatever_fails(paid: Paid, fault: Fault) -> None:
    if fault != Fault.NONE:
        paid.emulator.state.faults.failures_so_far = CYCLE.index(fault)
        paid.emulator.state.faults.fail_api = 1

    sent, again = paid.send(200, key=paid.intent), paid.send(200, key=paid.intent)

    assert sent.stripe_refund_id == again.stripe_refund_id
    assert (sent.request, sent.account, sent.money) == ("r", "acme", Money(200, "eur"))
    assert paid.refunds.gone_back(paid.intent).of(Money(500, "eur")) == 200


def test_what_the_bank_has_cannot_go_back_and_that_is_told_by_stripes_code(paid: Paid) -> None:
    disputes.dispute(paid.emulator.state, paid.intent, "needs_response")

    with pytest.raises(StripeRefused) as refused:
        paid.send(1, key=f"{paid.intent}:disputed")

    assert refused.value.stripe_code == "charge_disputed"


def test_nothing_is_sent_and_nothing_raised_where_all_of_it_has_gone_back(paid: Paid) -> None:
    paid.refund(500)

    assert paid.send(1, key=f"{paid.intent}:gone") is None
    assert paid.refunds.gone_back(paid.intent).of(Money(500, "eur")) == 500


def test_what_is_not_there_is_gone(paid: Paid) -> None:
    with pytest.raises(StripeGone):
        paid.refunds.refunded_payment("re_none")
    with pytest.raises(StripeGone):
        paid.refunds.disputed_payment("du_none")
