"""Stripe in the simulation: facts that change with time, told to whoever asks. Its own HTTP is tested elsewhere.

It may not answer, and the process that asks may die; what it says is what is so at that instant.
"""

from collections.abc import Callable
from dataclasses import replace
from random import Random

from chalicelib.domain.invoices import Checkout
from chalicelib.domain.periods import Period, period_at
from chalicelib.domain.refunds import Refund
from chalicelib.domain.subscriptions import PaymentMethod, Subscription
from chalicelib.errors import StripeGone, StripeUnavailable
from tests.simulation.cashier import Cashier
from tests.simulation.givebacks import Givebacks
from tests.simulation.scheduler import Crash

DAY = 86_400
SLOWEST = 300
"""Turns that others have while one call to Stripe is answered, at most."""


class Till:
    """Checkout sessions and the lives of subscriptions."""

    def __init__(self, rng: Random, now: Callable[[], int], pause: Callable[[], None]):
        self.rng, self.now, self.pause = rng, now, pause
        self.sessions: dict[str, Checkout] = {}
        self.lives: dict[str, list[tuple[int, Subscription]]] = {}
        self.rate = 0.0
        self.charges = Cashier(rng, now, self._fault)
        self.refunds = Givebacks(rng, now, self._fault)

    def begin(self, account: str, start: int, name: str) -> list[int]:
        """A subscription's whole life from `start`; returns the instants at which something changes."""
        rng, seats = self.rng, self.rng.choice((2, 3, 5))
        period = period_at(start, start)
        one = Subscription(
            name,
            f"cus_{account}",
            f"si_{name}",
            account,
            "active",
            "team_month",
            seats,
            period,
            0,
            plan="team",
            interval="month",
            created=start,
        )
        life = [(start, one)]
        for _ in range(rng.choice((0, 1, 2))):
            period = Period(period.end, period_at(start, period.end).end)
            status = rng.choice(("active", "active", "past_due"))
            one = replace(one, period=period, status=status, seats=rng.choice((seats, 4)))
            life.append((period.start, one))
            if status == "past_due":
                one = replace(one, status="active")
                life.append((period.start + rng.choice((2, 9)) * DAY, one))
        ended = max(life[-1][0] + DAY, period.end)
        life.append((ended, replace(one, status="canceled", ended_at=ended)))
        self.lives[name] = life
        return [instant for instant, _ in life]

    def as_it_is(self, name: str) -> Subscription | None:
        past = [fact for instant, fact in self.lives.get(name, []) if instant <= self.now()]
        return past[-1] if past else None

    # -- what the actions ask

    def subscription(self, stripe_subscription_id: str, *, as_of: int) -> Subscription:
        self._fault()
        found = self.as_it_is(stripe_subscription_id)
        if found is None:
            raise StripeGone(stripe_subscription_id)
        self._fault()
        return replace(found, as_of=as_of)

    def next_charge(self, subscription: Subscription) -> None:  # noqa: ARG002 - nothing here looks at money
        self._fault()

    def subscriptions_of(self, stripe_customer_id: str, *, as_of: int) -> list[Subscription]:
        self._fault()
        known = [fact for fact in map(self.as_it_is, self.lives) if fact is not None]
        return [replace(each, as_of=as_of) for each in known if each.stripe_customer_id == stripe_customer_id]

    def checkout(self, stripe_session_id: str) -> Checkout:
        self._fault()
        return self.sessions[stripe_session_id]

    def checkouts(self, stripe_customer_id: str) -> list[Checkout]:
        self._fault()
        own = (each for each in self.sessions.values() if each.stripe_customer_id == stripe_customer_id)
        return [each for each in own if each.mode == "subscription"]

    def customer_exists(self, stripe_customer_id: str) -> bool:
        self._fault()
        return bool(stripe_customer_id)

    def payment_method(self, stripe_customer_id: str, own: str | None = None) -> PaymentMethod | None:
        self._fault()
        return self.charges.payment_method(stripe_customer_id, own)

    def refund(self, stripe_refund_id: str) -> Refund:
        return self.refunds.one(stripe_refund_id)

    def _fault(self) -> None:
        self.pause()
        if self.rng.random() < self.rate:
            if self.rng.random() < 0.5:
                raise Crash("around a call to Stripe")
            raise StripeUnavailable("no answer")
        if self.rng.random() < 2 * self.rate:
            # A slow answer: meanwhile others do all that they have to do.
            for _ in range(self.rng.randrange(SLOWEST)):
                self.pause()
