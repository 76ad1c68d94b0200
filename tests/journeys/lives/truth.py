"""What Stripe has, read from the emulator's own objects: the other side of every comparison.

Told without the service's code, so that a mistake there cannot agree with itself.
"""

from dataclasses import dataclass
from typing import Any

import stripe

from chalicelib.domain.catalogue import Catalogue
from infra.local.stripe import invoice_payments
from infra.local.stripe.emulator import Emulator

DAY = 86_400
ENDED = ("canceled", "incomplete_expired")
OWING = ("past_due", "unpaid")
OF_PERIODS = ("subscription_create", "subscription_cycle")
Raw = dict[str, Any]
Sold = tuple[str | None, str, int]
"""Plan, interval and seats."""
ENDING: Sold = ("free", "", 0)


@dataclass(frozen=True)
class Ahead:
    """What happens to the subscription at `at`: its end, or other terms."""

    sold: Sold
    at: int


@dataclass
class Truth:
    """A customer's subscriptions as they stand at Stripe."""

    emulator: Emulator
    operator: stripe.StripeClient
    catalogue: Catalogue

    def all(self) -> list[Raw]:
        return list(self.emulator.state.every("subscription"))

    def live(self) -> Raw | None:
        """The one that is live; raises where there are two."""
        found = [each for each in self.all() if each["status"] not in ENDED]
        assert len(found) <= 1, f"live at once: {[each['id'] for each in found]}"
        return found[0] if found else None

    def sold(self, subscription: Raw) -> Sold:
        """What is in force there, whether it is paid or not."""
        item = subscription["items"]["data"][0]
        return self._sold(item["price"], item["quantity"])

    def waiting(self, subscription: Raw) -> Sold | None:
        """What it becomes once that is paid."""
        pending = subscription["pending_update"]
        return self._sold(*_of(pending["subscription_items"][0])) if pending else None

    def ahead(self, subscription: Raw | None) -> Ahead | None:
        if subscription is None:
            return None
        if subscription["cancel_at"] is not None:
            return Ahead(ENDING, subscription["cancel_at"])
        schedule = self._schedule(subscription)
        later = [each for each in schedule["phases"] if each["start_date"] > self.now()] if schedule else []
        if not later:
            return None
        item = later[0]["items"][0]
        return Ahead(self._sold(self._object("price", item["price"]), item["quantity"]), later[0]["start_date"])

    def invoices(self, subscription: Raw, *statuses: str) -> list[Raw]:
        """Oldest first."""
        every = self.emulator.state.every("invoice")
        mine = [each for each in every if _subscription_of(each) == subscription["id"]]
        return [each for each in mine if not statuses or each["status"] in statuses]

    def unpaid_changes(self, subscription: Raw) -> list[Raw]:
        """Their invoices."""
        return [each for each in self.invoices(subscription, "open") if each["billing_reason"] == "subscription_update"]

    def newest(self, subscription: Raw) -> Raw:
        return self._object("invoice", subscription["latest_invoice"])

    def next_charge(self, subscription: Raw) -> int | None:
        if subscription["status"] not in ("active", "past_due") or subscription["cancel_at"] is not None:
            return None
        return self.operator.v1.invoices.create_preview({"subscription": subscription["id"]}).amount_due

    def owed(self, subscription: Raw) -> Raw | None:
        """The invoice that the customer must pay next."""
        if subscription["pending_update"]:
            return self.newest(subscription)
        if subscription["status"] not in OWING:
            return None
        still = self.invoices(subscription, "open")
        of_periods = [each for each in still if each["billing_reason"] in OF_PERIODS]
        return next(iter(of_periods or still), None)

    def is_on_its_way(self, invoice: Raw) -> bool:
        """Whether a bank is about to pay it, which takes days."""
        return invoice_payments.default_intent(self.emulator.state, invoice)["status"] == "processing"

    def is_previewed_exactly(self) -> bool:
        """Whether Stripe can preview a change as it will be charged.

        A preview takes along what a dashboard left for the next invoice, which a change that may wait does not; and it
        knows nothing of the balance that comes back when the bill of another change, which waits, is voided.
        """
        subscription = self.live()
        if subscription is None or subscription.get("_pending_lines"):
            return subscription is None
        bill = self.newest(subscription)
        return subscription["pending_update"] is None or bill["starting_balance"] == bill["ending_balance"]

    def is_given_later(self, subscription: Raw) -> bool:
        """Whether what is in force there is not paid yet, by a change or by a first debit."""
        latest = self.newest(subscription)
        changed = latest["billing_reason"] == "subscription_update" and not subscription["pending_update"]
        return latest["status"] in ("open", "draft") and (changed or latest["billing_reason"] == "subscription_create")

    def standing(self, subscription: Raw, grace_days: int) -> str:
        if subscription["status"] != "past_due":
            return "good" if subscription["status"] in ("active", "trialing") else "none"
        unpaid = [each for each in self.invoices(subscription, "open") if each["billing_reason"] in OF_PERIODS]
        if not unpaid:
            return "good"
        return "grace" if self.now() < unpaid[0]["created"] + grace_days * DAY else "none"

    def now(self) -> int:
        return self.emulator.state.now()

    def _schedule(self, subscription: Raw) -> Raw | None:
        return self._object("subscription_schedule", subscription["schedule"]) if subscription["schedule"] else None

    def _object(self, kind: str, stripe_id: str) -> Raw:
        return self.emulator.state.get(kind, stripe_id)

    def _sold(self, price: Raw, quantity: int) -> Sold:
        plan = self.catalogue.plans.get(price["metadata"].get("plan", ""))
        if plan is None:
            return None, price["recurring"]["interval"], quantity
        return plan.id, price["recurring"]["interval"], quantity if plan.per_seat else plan.seats_max


def _of(item: Raw) -> tuple[Raw, int]:
    return item["price"], item["quantity"]


def _subscription_of(invoice: Raw) -> str | None:
    return ((invoice["parent"] or {}).get("subscription_details") or {}).get("subscription")
