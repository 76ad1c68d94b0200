"""Builders of the domain's values, each with defaults: an account of the real catalogue's Team plan, on 10 March 2026.

The same subscription, session and purchase fit together, so a test changes only what it is about.
"""

from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import chalicelib
from chalicelib.domain.accounts import Profile, State
from chalicelib.domain.catalogue import Catalogue, parse
from chalicelib.domain.credits import Purchase
from chalicelib.domain.invoices import Checkout
from chalicelib.domain.journal import Entry
from chalicelib.domain.money import Money
from chalicelib.domain.opening import opened
from chalicelib.domain.periods import DAY, Instant, Period, day_of, day_start, months_after
from chalicelib.domain.subscriptions import CHANGE, UNSETTLED, LatestInvoice, PaymentMethod, Subscription

OPENED: Instant = day_start(2026, 3, 1)
SUBSCRIBED: Instant = day_start(2026, 3, 10)
NOW: Instant = SUBSCRIBED + 3600
RENEWAL: Instant = months_after(SUBSCRIBED, 1)
SALT = b"0123456789abcdef"
CARD = PaymentMethod("pm_1", "card", "visa", "4242", 12, 2030)


@cache
def a_catalogue() -> Catalogue:
    """The product's own."""
    return parse(Path(chalicelib.__file__).with_name("catalogue.toml").read_text(encoding="utf-8"))


def a_state(account: str = "acme", **fields: Any) -> State:
    """An account on Free, opened on 1 March; `used` by meter."""
    state = opened(account, SALT, OPENED, a_catalogue())
    used = {**state.used, **fields.pop("used", {})}
    return replace(state, used=used, **fields)


def a_team_state(**fields: Any) -> State:
    """An account that lives by `a_subscription`."""
    team = {"plan": "team", "seats_bought": 3, "anchor": SUBSCRIBED, "period": Period(SUBSCRIBED, RENEWAL)}
    return a_state(**{**team, **fields})


def a_profile(account: str = "acme", **fields: Any) -> Profile:
    """A profile without anything of Stripe's but its customer."""
    profile = Profile(account, "Acme", "billing@example.com", OPENED, ("ada",), stripe_customer_id="cus_1")
    return replace(profile, **fields)


def a_subscription(**fields: Any) -> Subscription:
    """Team by the month with three seats, active."""
    subscription = Subscription(
        stripe_subscription_id="sub_1",
        stripe_customer_id="cus_1",
        stripe_item_id="si_1",
        account="acme",
        status="active",
        price="team_month",
        plan="team",
        interval="month",
        seats=3,
        created=SUBSCRIBED,
        period=Period(SUBSCRIBED, RENEWAL),
        as_of=NOW,
        next_charge=Money(5_355, "eur"),
    )
    made = replace(subscription, **_named_by(fields.get("price")), **fields)
    return made if "change" in fields else awaiting(made)


def awaiting(made: Subscription) -> Subscription:
    """The same, as it is read from Stripe where its latest invoice is for a change that is not paid."""
    latest = made.latest_invoice
    if latest is None or latest.reason != CHANGE or latest.status not in UNSETTLED:
        return made
    return made if made.by_invoice or made.pending else replace(made, change=latest)


def _named_by(price: str | None) -> dict[str, Any]:
    """The plan and the interval that a price of another plan than Team's stands for."""
    if price is None:
        return {}
    found = a_catalogue().price_of(price)
    return {"plan": found[0].id if found else None, "interval": found[1].interval if found else "month"}


def an_invoice(**fields: Any) -> LatestInvoice:
    """The open invoice of a renewal."""
    url = "https://invoice.example.com/in_1"
    invoice = LatestInvoice("in_1", "open", "subscription_cycle", Money(5_355, "eur"), RENEWAL, url)
    return replace(invoice, **fields)


def a_purchase(**fields: Any) -> Purchase:
    """The Starter pack, not paid yet."""
    pack = a_catalogue().packs["starter"]
    purchase = Purchase("p1", "acme", pack.id, pack.credits, pack.price.money, "open", NOW, stripe_session_id="cs_1")
    return replace(purchase, **fields)


def a_checkout(**fields: Any) -> Checkout:
    """The paid session of `a_purchase`."""
    pack = a_catalogue().packs["starter"]
    checkout = Checkout(
        stripe_session_id="cs_1",
        mode="payment",
        status="complete",
        payment_status="paid",
        url=None,
        account="acme",
        purchase="p1",
        stripe_customer_id="cus_1",
        subtotal=pack.price.money,
        total=pack.price.money,
        prices=((pack.price.lookup_key, 1),),
        stripe_invoice_id="in_1",
        stripe_payment_intent_id="pi_1",
    )
    return replace(checkout, **fields)


def an_entry(number: int = 1, **fields: Any) -> Entry:
    """An entry that closed nothing."""
    at = OPENED + number * DAY
    entry = Entry("acme", number, day_of(at), day_of(at) - 1, at, 0, 0, 0, frozenset(), {}, {}, {})
    return replace(entry, **fields)
