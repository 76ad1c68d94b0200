"""Charging at Stripe in the simulation: fits deps.Charges. Cards pay, are declined, ask for their owner or take days.

A key is remembered for a day and then forgotten, as Stripe does; what a call did may be done though nobody hears of it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from random import Random
from typing import TYPE_CHECKING

from chalicelib.domain.charges import TAKEN_OFF, Charge
from chalicelib.domain.money import Money
from chalicelib.domain.periods import DAY, HOUR
from chalicelib.domain.subscriptions import PaymentMethod
from chalicelib.errors import StripeGone, StripeRefused

if TYPE_CHECKING:
    from tests.simulation.street import Street

COSTS = {"pack_starter": 500, "pack_plus": 1_000}
TAXED = frozenset({"pack_plus"})
MANNERS = ("pays", "pays", "pays", "pays", "soft", "hard", "asks", "asks", "debit", "moody")


@dataclass
class Bill:
    """An invoice of a recharge. `tried` are the cards that were to pay it, by customer and fingerprint."""

    id: str
    customer: str
    metadata: Mapping[str, str]
    begun_at: int
    status: str = "draft"
    lines: int = 0
    total: int = 0
    due: int = 0
    paid: int = 0
    payment: str | None = None
    refusal: str | None = None
    period: int = 0
    tried: frozenset[str] = frozenset()

    @property
    def account(self) -> str:
        return self.metadata["account"]

    @property
    def number(self) -> int:
        return int(self.metadata["recharge"])

    @property
    def intent(self) -> str:
        return f"pi_{self.id}"

    @property
    def is_alive(self) -> bool:
        """Whether it may still be paid."""
        return self.status in ("draft", "open")


@dataclass(frozen=True)
class Card:
    """A payment method and how its bank behaves; given again it has another id and the same fingerprint."""

    id: str
    fingerprint: str
    manner: str

    def shown(self) -> PaymentMethod:
        return PaymentMethod(self.id, "card", "visa", "4242", 1, 2030, self.fingerprint)


class Cashier:
    """Customers' cards and the invoices of recharges."""

    outside: "Street"
    """Where events go, and what happens later comes from."""

    def __init__(self, rng: Random, now: Callable[[], int], fault: Callable[[], None]):
        self.rng, self.now, self.fault = rng, now, fault
        self.bills: dict[str, Bill] = {}
        self.keys: dict[str, tuple[int, str]] = {}
        self.attached: dict[str, dict[str, Card]] = {}
        self.default: dict[str, Card] = {}
        self.cards = 0

    # -- what people do

    def give_card(self, customer: str, manner: str = "") -> None:
        """Another card by default, sometimes the same once more; the one before may stay or be taken off."""
        self.cards += 1
        before = self.default.get(customer)
        card = Card(f"pm_{customer}_{self.cards}", f"fp{self.cards}", manner or self.rng.choice(MANNERS))
        if before and self.rng.random() < 0.2:
            card = replace(before, id=card.id)
        if self.rng.random() < 0.5:
            self.attached[customer] = {}
        self.attached.setdefault(customer, {})[card.id] = card
        self.default[customer] = card
        self.outside.tell(customer, "payment_method.attached", card.id)

    def take_card(self, customer: str) -> None:
        self.attached[customer] = {}
        if self.default.pop(customer, None):
            self.outside.tell(customer, "payment_method.detached", f"pm_{customer}")

    def customer_confirms(self, invoice: str) -> None:
        """On the hosted page, if the invoice is still open."""
        bill = self.bills[invoice]
        if bill.status == "open" and bill.payment != "processing":
            if self.rng.random() < 0.8:
                self.money(bill)
            else:
                self.refuse(bill, "payment_intent_authentication_failure")

    def bank_answers(self, invoice: str) -> None:
        """After days."""
        bill = self.bills[invoice]
        if bill.status == "open" and bill.payment == "processing":
            if self.rng.random() < 0.6:
                self.money(bill)
            else:
                self.refuse(bill, "debit_not_authorized")

    def somebody_voids(self, invoice: str) -> None:
        """In the dashboard."""
        bill = self.bills[invoice]
        if bill.status == "open" and bill.payment != "processing":
            bill.status = "void"
            self.outside.tell(bill.customer, "invoice.voided", bill.id)

    # -- deps.Charges

    def begin(self, stripe_customer_id: str, metadata: Mapping[str, str], currency: str, *, key: str) -> str:
        self.fault()
        invoice = self.known(key)
        if invoice is None:
            others = [bill.id for bill in self.bills.values() if bill.metadata == metadata and bill.status != "deleted"]
            assert not others, f"{key} begun twice: {others}"
            assert currency == "eur"
            invoice = f"in_{metadata['account']}_{len(self.bills)}"
            self.bills[invoice] = Bill(invoice, stripe_customer_id, dict(metadata), self.now())
            self.keys[key] = self.now(), invoice
        self.fault()
        return invoice

    def begun(self, stripe_customer_id: str, metadata: Mapping[str, str]) -> str | None:
        self.fault()
        own = [bill.id for bill in self.bills.values() if bill.customer == stripe_customer_id]
        found = [each for each in own if metadata.items() <= self.bills[each].metadata.items()]
        return next((each for each in found[::-1] if self.bills[each].status != "deleted"), None)

    def add_line(self, stripe_invoice_id: str, lookup_key: str, *, key: str) -> None:
        self.fault()
        bill = self.there(stripe_invoice_id)
        if self.known(key) is None:
            if bill.status != "draft":
                raise StripeRefused("it is final", "invoice_not_editable")
            bill.lines += 1
            assert bill.lines == 1, f"{bill} has its line twice"
            rate = self.rng.choice((0, 19, 27)) if lookup_key in TAXED else 0
            bill.total = bill.due = COSTS[lookup_key] * (100 + rate) // 100
            self.keys[key] = self.now(), bill.id
        self.fault()

    def finalise(self, stripe_invoice_id: str, *, key: str) -> Charge:  # noqa: ARG002 - it is final only once
        self.fault()
        bill = self.there(stripe_invoice_id)
        if bill.status == "draft":
            assert bill.lines == 1, f"{bill} final without its line"
            if self.rng.random() < 0.03:
                raise StripeRefused("no address", "customer_tax_location_invalid")
            bill.status = "open"
            if self.rng.random() < 0.1:
                bill.due -= self.rng.choice((100, bill.due))
            if not bill.due:
                bill.status = "paid"
                self.outside.tell(bill.customer, "invoice.paid", bill.id)
            elif self.rng.random() < 0.03:
                self.outside.later(HOUR, bill.account, "somebody_voids", bill.id)
        self.fault()
        return self.shown(bill)

    def pay(self, stripe_invoice_id: str, stripe_payment_method_id: str, *, key: str) -> Charge:
        self.fault()
        bill = self.there(stripe_invoice_id)
        card = self.attached.get(bill.customer, {}).get(stripe_payment_method_id)
        if bill.status == "open" and bill.payment != "processing" and self.known(key) is None:
            if card is None:
                return replace(self.shown(bill), refusal=TAKEN_OFF)
            self.keys[key] = self.now(), bill.id
            self.outside.before_pay(bill)
            self.attempt(bill, card)
        self.fault()
        return self.shown(bill)

    def charge(self, stripe_invoice_id: str) -> Charge:
        self.fault()
        return self.shown(self.there(stripe_invoice_id))

    def drop(self, stripe_invoice_id: str) -> None:
        self.fault()
        bill = self.bills[stripe_invoice_id]
        if bill.status == "paid" or (bill.status == "open" and bill.payment == "processing"):
            raise StripeRefused("somebody just paid it", "invoice_not_editable")
        if bill.is_alive:
            bill.status = "deleted" if bill.status == "draft" else "void"
            if bill.status == "void":
                self.outside.tell(bill.customer, "invoice.voided", bill.id)
        self.fault()

    def payment_method(self, stripe_customer_id: str, own: str | None = None) -> PaymentMethod | None:
        cards = self.attached.get(stripe_customer_id, {})
        card = self.default.get(stripe_customer_id) if own is None else cards.get(own)
        return card.shown() if card else None

    # -- how a payment goes

    def attempt(self, bill: Bill, card: Card) -> None:
        bill.tried |= {f"{bill.customer}:{card.fingerprint}"}
        manner = self.rng.choice(MANNERS[:-1]) if card.manner == "moody" else card.manner
        if manner == "pays":
            self.money(bill)
        elif manner == "debit":
            bill.payment = "processing"
            self.outside.later(self.rng.choice((HOUR, 2 * DAY, 5 * DAY)), bill.account, "bank_answers", bill.id)
        elif manner == "asks":
            bill.payment, bill.refusal = "requires_action", self.rng.choice((None, "authentication_required"))
            self.outside.tell(bill.customer, "invoice.payment_action_required", bill.id)
            delay = self.rng.choice((0, 30, HOUR, 23 * HOUR - 30, 23 * HOUR, DAY, 9 * DAY))
            self.outside.later(delay, bill.account, "customer_confirms", bill.id)
        else:
            self.refuse(bill, "insufficient_funds" if manner == "soft" else "stolen_card")

    def money(self, bill: Bill) -> None:
        self.outside.before_money(bill)
        bill.status, bill.paid, bill.payment, bill.refusal = "paid", bill.due, "succeeded", None
        self.outside.tell(bill.customer, "invoice.paid", bill.id)
        if self.rng.random() < 0.25:
            self.outside.later(0, bill.account, "somebody_refunds", "")

    def refuse(self, bill: Bill, refusal: str) -> None:
        bill.payment, bill.refusal = "requires_payment_method", refusal
        self.outside.tell(bill.customer, "invoice.payment_failed", bill.id)

    def there(self, invoice: str) -> Bill:
        bill = self.bills.get(invoice)
        if bill is None or bill.status == "deleted":
            raise StripeGone(invoice)
        return bill

    def known(self, key: str) -> str | None:
        """What a key stands for."""
        at, found = self.keys.get(key, (0, ""))
        return found if found and self.now() < at + DAY else None

    def shown(self, bill: Bill) -> Charge:
        total, due, paid = (Money(each, "eur") for each in (bill.total, bill.due, bill.paid))
        page, intent = f"https://pay.example/{bill.id}", bill.intent if bill.payment else None
        charge = Charge(bill.id, bill.status, total, due, paid, page, intent, bill.payment, bill.refusal)
        return replace(charge, account=bill.account, number=bill.number)
