"""The heaviest account that is legal: the longest id and names, numbers at their largest, the first years behind it.

It is on credits with every counter that takes them, so each event moves the most attributes; of its long journal all
but the end is older than the window.
"""

from dataclasses import dataclass, replace

from chalicelib.domain.accounts import Member, Profile, State, next_due
from chalicelib.domain.catalogue import Catalogue, parse
from chalicelib.domain.credits import Lot, Purchase
from chalicelib.domain.holds import MOST
from chalicelib.domain.invoices import Checkout
from chalicelib.domain.money import Money
from chalicelib.domain.opening import first_profile, opened
from chalicelib.domain.periods import DAY, Instant, period_at
from chalicelib.domain.prices import MOST_MONEY
from chalicelib.domain.recharge import BACKING_OFF, Recharge
from chalicelib.domain.usage import LARGEST, UsageEvent
from tests.builders import a_catalogue

ACCOUNT, OWNER = "a" * 128, "m" * 128
CUSTOMER, SESSION, PURCHASE = f"cus_{'c' * 14}", f"cs_live_{'s' * 58}", "b" * 32
ACTOR = f"key:bk_{'k' * 8} member:{'m' * 36}"
ENTRIES, AGE = 9_999_999, 400 * DAY
GRANTED, SPENT = 99_999 * LARGEST, 9_999 * LARGEST
LOTS = 5
"""Packs that wait unspent; usage spends one after the other, so few accounts ever have more."""


@dataclass(frozen=True)
class Offers:
    """A catalogue, and the plan in it that the account is on."""

    catalogue: Catalogue
    plan: str


def shipped() -> Offers:
    """The catalogue that comes with the service."""
    return Offers(a_catalogue(), "enterprise")


def legal() -> Offers:
    """The heaviest catalogue that the service takes: eight meters, names of 32 characters."""
    plan, counters, gauge = "p" * 32, [f"{'counted':_<31}{code}" for code in "abcdefg"], f"{'gauged':_<31}h"
    meters = [_meter(each, "counter", "credits_per_unit = 1") for each in counters] + [_meter(gauge, "gauge")]
    allowances = [f'{each} = {{ included = 0, policy = "credits" }}' for each in counters]
    allowances.append(f'{gauge} = {{ included = "unlimited", policy = "allow" }}')
    return Offers(parse("\n".join([BASE, *meters, PLAN.format(plan=plan), *allowances])), plan)


def _meter(meter: str, kind: str, credits: str = "") -> str:
    named = f'name = "Meter"\nunit = "unit"\nkind = "{kind}"\ncode = "{meter[-1]}"'
    return f"[meters.{meter}]\n{named}\nwarning_percent = 80\n{credits}"


def state(offers: Offers, now: Instant) -> State:
    """Its state at its last entry, which is older than the window."""
    old = now - 37 * DAY
    state = opened(ACCOUNT, b"s" * 16, old - AGE, offers.catalogue)
    state = replace(
        state,
        version=50 * ENTRIES,
        entries=ENTRIES,
        day=old // DAY,
        period=period_at(state.anchor, old),
        plan=offers.plan,
        standing="grace",
        grace_until=now + AGE - 1,
        seats_bought=9_999,
        seats_active=9_999,
        used=dict.fromkeys(state.used, LARGEST),
        credits_used=dict.fromkeys(state.credits_used, LARGEST),
        gauged_at=dict.fromkeys(state.gauged_at, old),
        granted=GRANTED,
        spent=SPENT,
        lots_version=ENTRIES - 1,
        held=LARGEST,
        holds=MOST,
        holds_until=now + AGE,
        expired=LARGEST,
        lapses_at=now + AGE,
        lapses_upto=SPENT + LARGEST,
        recharge=Recharge(
            True, LARGEST, MOST_MONEY, MOST_MONEY, 1, 0, 99_999, BACKING_OFF, now + AGE, told=True, since=now
        ),
    )
    return replace(state, due=next_due(state, offers.catalogue))


def event(offers: Offers, number: int, at: Instant) -> UsageEvent:
    """The next of a stream over all meters, in amounts that take the most digits."""
    meters = list(offers.catalogue.meters.values())
    meter, amount = meters[number % len(meters)], LARGEST - 2 * number
    if meter.kind == "gauge":
        return UsageEvent(f"event-{number}", meter.id, at, value=amount)
    return UsageEvent(f"event-{number}", meter.id, at, amount, credits=amount if meter.credits_per_unit else None)


def lots(now: Instant) -> tuple[Lot, ...]:
    """What is left of the credits, in packs that were bought and not spent."""
    left = (GRANTED - SPENT) // LOTS
    return tuple(Lot(PURCHASE, "purchase", left, left, now - AGE, now + AGE) for _ in range(LOTS))


def people(now: Instant) -> tuple[Profile, Member]:
    """Profile and owner, with the longest names."""
    owner = Member(OWNER, f"{'o' * 240}@example.com", "O" * 200, "owner")
    profile = first_profile(ACCOUNT, "N" * 200, owner.email, owner, now)
    return replace(profile, stripe_customer_id=CUSTOMER), owner


def purchase(now: Instant) -> Purchase:
    """A pack that waits to be paid."""
    return Purchase(PURCHASE, ACCOUNT, "enterprise", 15_000_000, PRICE, "open", now, SESSION, actor=ACTOR)


def checkout() -> Checkout:
    """Stripe's session of that purchase, paid."""
    return Checkout(
        stripe_session_id=SESSION,
        mode="payment",
        status="complete",
        payment_status="paid",
        url=None,
        account=ACCOUNT,
        purchase=PURCHASE,
        stripe_customer_id=CUSTOMER,
        subtotal=PRICE,
        total=PRICE,
        prices=(("pack_enterprise", 1),),
        stripe_invoice_id=f"in_{'i' * 24}",
        stripe_payment_intent_id=f"pi_{'p' * 24}",
    )


PRICE = Money(5_000, "eur")
BASE = """
currency = "eur"
grace_days = 7
tax_rate_highest_percent = 27
features = ["login"]
restricted_features = ["login"]
permissions = ["billing"]
[plans.free]
name = "Free"
rank = 0
seats = { per_seat = false, min = 1, max = 1 }
features = ["login"]
[plans.free.allowances]
[packs.enterprise]
name = "Enterprise"
credits = 15_000_000
price = { amount = 5_000, currency = "eur", lookup_key = "pack_enterprise", tax_behavior = "inclusive" }
"""
PLAN = """
[plans.{plan}]
name = "Heaviest"
rank = 1
seats = {{ per_seat = true, min = 1, max = 10_000 }}
features = ["login"]
[plans.{plan}.prices]
month = {{ amount = 900, currency = "eur", lookup_key = "heaviest_month", tax_behavior = "exclusive" }}
[plans.{plan}.allowances]
"""
