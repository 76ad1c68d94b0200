"""What happens in a history: messages by a seed, spread over months, or many at once on one account."""

from random import Random
from typing import Any

from chalicelib.adapters.dynamo.identities import identify
from chalicelib.adapters.dynamo.store import DynamoStore
from chalicelib.domain.corrections import Correction
from chalicelib.domain.credits import Purchase
from chalicelib.domain.holds import Capture
from chalicelib.domain.invoices import Checkout
from chalicelib.domain.money import Money
from chalicelib.domain.usage import UsageEvent
from chalicelib.messages import StripeEventMessage
from tests.simulation.givebacks import Paid
from tests.simulation.till import Till
from tests.simulation.waiting import Message, Waiting

DAY = 86_400
START = 1_769_853_600
"""31 January 2026, 10:00, so that months clamp and come back."""

HEARD = START + 7 * DAY
"""When the journal's streams are told for the first time, to several at once."""


class History:
    """The messages of one history, and every event in them by its identity."""

    def __init__(self, rng: Random, till: Till, store: DynamoStore, salts: dict[str, bytes]):
        self.rng, self.till, self.store, self.salts = rng, till, store, salts
        self.events: dict[bytes, UsageEvent] = {}
        self.corrections: dict[bytes, Correction] = {}
        self.queue = Waiting()
        self.readings: set[tuple[int, int]] = set()

    def event(self, account: str, name: str, at: int, *, alone: bool) -> UsageEvent:
        """A random event; credits of its own only where nothing else comes in the same message."""
        rng, meter = self.rng, self.rng.choice(("runs", "runs", "events", "calls", "calls", "disk"))
        if meter == "disk" and name.startswith("use"):
            event = self.reading(name, at)
        else:
            meter = "runs" if meter == "disk" else meter
            own = rng.choice((None, None, 0, 1, 5)) if alone and meter != "events" else None
            event = UsageEvent(name, meter, at, quantity=rng.choice((1, 1, 1, 2, 3, 7)), credits=own)
        return self.known(account, event)

    def reading(self, name: str, at: int) -> UsageEvent:
        """A gauge, a little late. Some are of one instant, of which the later write counts, but none says the same.

        One that says what its process has read changes nothing, and so does not come after what others wrote since.
        """
        at, value = at - 1500 + 600 * self.rng.randrange(2), self.rng.choice((5, 5, 30, 60))
        while (at, value) in self.readings:
            at -= 1
        self.readings.add((at, value))
        return UsageEvent(name, "disk", at, value=value)

    def instant(self, due: int) -> int:
        """When an event happened: mostly now, sometimes late, too late, or a little ahead."""
        rng = self.rng
        back = rng.choice((0, 0, 0, 0, rng.randrange(3600), rng.randrange(3 * DAY), rng.randrange(34 * DAY), 40 * DAY))
        return due - back + rng.choice((0, 0, 0, 200))

    def fill(self, *, hot: bool) -> None:
        """All the messages."""
        if hot:
            self.heat()
        else:
            self.spread()
        for account in self.salts:
            self.queue += [Message(HEARD, "follow", account, None)] * 6

    def spread(self, messages: int = 40, days: int = 100) -> None:
        """Of every kind, over more than three months."""
        rng = self.rng
        hole = rng.choice((0, 0, 40 * DAY, 200 * DAY))
        for k in range(messages):
            account = rng.choice(list(self.salts))
            due = START + 60 + days * DAY * k // messages + hole * (2 * k > messages)
            kinds = ("usage", "burst", "ask", "grant", "sweep", "correct", "hold", "read", "scrape")
            kind = rng.choices(kinds, (8, 3, 5, 3, 2, 4, 5, 3, 2))[0]
            getattr(self, kind)(account, due, k)
        for account in self.salts:
            self.subscribe(account, START + rng.randrange(1, days) * DAY, f"sub_{account}")

    def heat(self, bursts: int = 6, days: int = 70) -> None:
        """Many events of one account at once, with purchases and a subscription's changes between them."""
        rng = self.rng
        changes = self.till.begin("acme", START + rng.randrange(1, days) * DAY, "sub_acme")
        for k in range(bursts):
            due = START + 60 + k * days * DAY // bursts
            for j in range(10):
                kind = self.ask if rng.random() < 0.3 else self.usage
                kind("acme", due + rng.randrange(3), 100 * k + j)
            self.crowd("acme", due + 10 * DAY, k)
            for j in range(rng.choice((1, 3))):
                self.grant("acme", due + rng.randrange(3), 100 * k + 50 + j)
            self.rush("acme", due + DAY, k)
            for j in range(3):
                self.hold("acme", due + rng.randrange(3), 100 * k + j)
                self.correct("acme", due + rng.randrange(3), 100 * k + j)
            self.read("acme", due, k)
        for k, instant in enumerate(changes):
            for j in range(8):
                self.usage("acme", instant, 10_000 + 100 * k + j)
            self.told("acme", instant, "customer.subscription.updated", "sub_acme", f"evt_sub_acme_{k}")
            self.rename("acme", instant)

    def usage(self, account: str, due: int, k: int) -> None:
        count = self.rng.choice((1, 1, 2, 4, 12))
        events = [self.event(account, f"use{k}-{j}", self.instant(due), alone=count == 1) for j in range(count)]
        self.post("usage", account, due, events)

    def burst(self, account: str, due: int, k: int) -> None:
        for j in range(self.rng.choice((6, 14))):
            self.post("usage", account, due, [self.event(account, f"use{k}-{j}", due, alone=True)])

    def scrape(self, account: str, due: int, k: int) -> None:
        """A gauge told by several at once, some of them of the day before as well."""
        for j in range(8):
            days = self.rng.choice(((0,), (0,), (1, 0)))
            events = [self.known(account, self.reading(f"use{k}-{j}-{back}", due - back * DAY)) for back in days]
            self.post("usage", account, due, events)

    def crowd(self, account: str, due: int, k: int) -> None:
        """Single events at once, of many days or all near a level: they all want into the same open entry."""
        for j in range(28):
            name = f"use-crowd{k}-{j}"
            event = UsageEvent(name, "calls", due - j % 8 * DAY, quantity=1, credits=0)
            if j % 4 == k % 4:
                event = UsageEvent(name, "events", due, quantity=1)
            if j % 4 == (k + 1) % 4:
                event = self.reading(name, due - j % 3 * DAY)
            self.queue.append(Message(due, "usage", account, [self.known(account, event)]))

    def rush(self, account: str, due: int, k: int) -> None:
        """All ask for the same last credits."""
        for j in range(8):
            event = UsageEvent(f"ask-rush{k}-{j}", "calls", due, quantity=1, credits=self.rng.choice((5, 9)))
            self.post("consume", account, due, [self.known(account, event)])

    def correct(self, account: str, due: int, k: int) -> None:
        """Usage taken back: of now or of a closed period, more than there was too, under an id that usage may have."""
        rng, name, at = self.rng, f"fix{k}", self.instant(due)
        meter, quantity = rng.choice(("runs", "events", "calls", "calls")), rng.choice((1, 1, 2, 5, 15))
        own = rng.choice((None, None, 3)) if meter != "events" else None
        [identity] = identify(self.salts[account], [f"use{k - 1}-0"])
        if identity in self.events and rng.random() < 0.3:
            # Too old itself before its id is forgotten.
            name, at = f"use{k - 1}-0", min(at, self.events[identity].at - 300)
        correction = Correction(name, meter, quantity, at, "counted in error", own)
        [identity] = identify(self.salts[account], [name])
        if self.corrections.setdefault(identity, correction) is correction:
            self.post("correct", account, due, correction)

    def hold(self, account: str, due: int, k: int) -> None:
        """Credits held; then captured or released, by several at once, too late, or never."""
        rng, name = self.rng, f"h{k}"
        credits, seconds = rng.choice((1, 5, 20)), rng.choice((60, 3600, DAY))
        if rng.random() < 0.4:
            self.grant(account, due - 30, 100_000 + k)
        for j in range(rng.choice((1, 1, 4))):
            self.post("hold", account, due, (f"{name}-{j}", credits, seconds))
        if rng.random() < 0.2:
            self.post("hold", account, due, (f"{name}-0", credits + 1, seconds))
        then = due + rng.choice((0, 10, 10, seconds - 10, seconds + 10))
        for kind in rng.choice(((), ("capture",), ("capture",), ("capture", "capture"), ("capture", "release"))):
            meter = rng.choice((None, "runs", "calls"))
            taken = Capture(rng.choice((0, 1, credits, credits, credits + 1)), meter, 2 if meter else None)
            self.post(kind, account, then, (f"{name}-0", taken))
        if rng.random() < 0.3:
            self.post("release", account, then, (f"{name}-0", None))

    def read(self, account: str, due: int, _k: int) -> None:
        """What is read in pages, while several are told what goes into it."""
        for kind in ("days", "notices", "history", "follow", "follow", "follow", "follow"):
            self.queue.append(Message(due + self.rng.randrange(3), kind, account, None))

    def known(self, account: str, event: UsageEvent) -> UsageEvent:
        [identity] = identify(self.salts[account], [event.id])
        self.events[identity] = event
        return event

    def ask(self, account: str, due: int, k: int) -> None:
        for j in range(self.rng.choice((1, 1, 4))):
            self.post("consume", account, due, [self.event(account, f"ask{k}-{j}", due, alone=True)])

    def grant(self, account: str, due: int, k: int) -> None:
        """A pack whose Checkout is paid; Stripe's event says so."""
        credits, price = 40, Money(500, "eur")
        purchase = Purchase(f"p{k}", account, "starter", credits, price, "open", due)
        self.store.save_purchase(purchase, was=None)
        session = f"cs_{k}"
        self.till.sessions[session] = Checkout(
            stripe_session_id=session,
            mode="payment",
            status="complete",
            payment_status="paid",
            url=None,
            account=account,
            purchase=purchase.id,
            stripe_customer_id=f"cus_{account}",
            total=price,
            subtotal=price,
            prices=(("pack_starter", 1),),
            stripe_payment_intent_id=f"pi_{k}",
        )
        self.till.refunds.paid[f"pi_{k}"] = Paid(f"pi_{k}", account, purchase.id, price.amount, due)
        # More events than Stripe sends of one payment, since two at once is what must be met often.
        for name in ("a", "b", "c", "d"):
            self.told(account, due, "checkout.session.completed", session, f"evt_{k}{name}")

    def subscribe(self, account: str, start: int, name: str) -> None:
        """A subscription's life, each change told by an event."""
        for k, instant in enumerate(self.till.begin(account, start, name)):
            self.told(account, instant, "customer.subscription.updated", name, f"evt_{name}_{k}")
            self.rename(account, instant)

    def rename(self, account: str, due: int) -> None:
        """The product tells other names while Stripe's news come in: both write the profile."""
        for _ in range(3):
            self.queue.append(Message(due, "rename", account, f"{self.rng.random()}"))

    def told(self, account: str, due: int, kind: str, stripe_object: str, name: str) -> None:
        self.post("event", account, due, StripeEventMessage(name, kind, stripe_object, f"cus_{account}"))

    def sweep(self, account: str, due: int, _k: int) -> None:
        self.queue.append(Message(due, "sweep", account, None))

    def post(self, kind: str, account: str, due: int, content: Any) -> None:
        """Sent once, sometimes twice, sometimes again days later."""
        for delay in (0, *self.rng.choice(((), (), (0,), (1, DAY), (20 * DAY,), (34 * DAY,)))):
            self.queue.append(Message(due + delay, kind, account, content))
