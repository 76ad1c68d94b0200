"""A history by a seed: messages of every kind, processes that take them from a queue, faults at every call.

The code under test is the real store and the real actions; only the wire is the model's. A message that failed or
whose process died comes back; one that is done sometimes comes again.
"""

from collections import Counter
from collections.abc import Collection
from dataclasses import replace
from random import Random
from typing import Any

from chalicelib.actions.book_due import book_due
from chalicelib.actions.consume import consume
from chalicelib.actions.handle_stripe_event import handle_stripe_event
from chalicelib.actions.put_account import put_account
from chalicelib.actions.record_usage import record_usage
from chalicelib.actions.sweep import sweep
from chalicelib.adapters.dynamo.store import DynamoStore
from chalicelib.deps import Deps
from chalicelib.domain.accounts import Member, Profile
from chalicelib.domain.in_force import ended, in_force
from chalicelib.domain.opening import first_entry, opened
from chalicelib.domain.usage import WINDOW, UsageEvent
from chalicelib.errors import Invalid, TryAgain
from chalicelib.messages import DueMessage
from infra.resources import TABLES
from tests.simulation.commits import Watch, never_back
from tests.simulation.faults import Faults, Rates
from tests.simulation.history import DAY, START, History, Message
from tests.simulation.offers import offers
from tests.simulation.scheduler import Crash, Scheduler
from tests.simulation.table import Change, Tables
from tests.simulation.terms import Term, Terms
from tests.simulation.till import Till

SKEW = 5
"""Seconds that a process's clock is off at most."""


class Process:
    """One container: its own store with its own cache, and a clock that is a little off."""

    def __init__(self, world: "World", skew: int):
        self.world, self.skew = world, skew
        self.start()

    def start(self) -> None:
        """Cold, as after a crash."""
        world = self.world
        store = DynamoStore(
            world.wire.call, "core", "ephemeral", world.catalogue, sleep=lambda _: world.lull(), room=world.room
        )
        self.deps = Deps(
            store=store,
            stripe=world.stripe,  # type: ignore[arg-type]
            queue=world,  # type: ignore[arg-type]
            clock=self,
            catalogue=world.catalogue,
            settings=None,  # type: ignore[arg-type]
            token=lambda: f"{world.rng.getrandbits(64):x}",
            salt=lambda: world.rng.randbytes(16),
            verify_stripe=None,  # type: ignore[arg-type]
        )

    def now(self) -> int:
        return self.world.clock + self.skew


class Watched(Tables):
    """Tables that show every write to the world while it happens."""

    world: "World"

    def commit(self, outcomes: Any) -> None:
        already = len(self.stream)
        super().commit(outcomes)
        self.world.committed(self.stream[already:])


class World:
    """Accounts, processes, a queue, a clock and the watch over all of it."""

    def __init__(self, seed: int, dropped: Collection[Term] = (), faults: float | None = None):
        self.rng = rng = Random(seed)
        self.clock, self.catalogue = START, offers()
        self.tables = Watched([{"TableName": name, **TABLES[name]} for name in TABLES], now=lambda: self.clock)
        self.tables.world = self
        self.scheduler = Scheduler(rng)
        rate = rng.choice((0, 0.3, 1, 1, 2)) if faults is None else faults
        self.faults = Faults(self.tables, rng, Rates().scaled(rate), self.scheduler.pause)
        self.wire = Terms(self.faults.call, dropped)
        self.watches: dict[str, Watch] = {}
        self.busy, self.seen = 0, Counter[str]()
        self.stripe = Till(rng, lambda: self.clock, self.scheduler.pause)
        self.stripe.rate = 0.02 * rate
        self.calm = DynamoStore(self.tables.call, "core", "ephemeral", self.catalogue)
        self.history = History(rng, self.stripe, self.calm, {})
        self.queue = self.history.queue
        self.hot, self.room = seed % 10 == 2, rng.choice((420, 500, 700, 1000))
        if self.hot:
            self.room = rng.choice((420, 500))
        processes = 8 if self.hot else rng.choice((1, 2, 4, 8))
        self.processes = [Process(self, rng.choice((0, 0, 1, -1, SKEW, -SKEW))) for _ in range(processes)]
        for name in ("acme",) if self.hot else rng.choice((("acme",), ("acme", "zeta"))):
            self.open(name)
        fill = self.history.heat if self.hot else self.history.spread
        fill()

    def open(self, account: str) -> None:
        """An account, before the faults begin."""
        state = opened(account, self.rng.randbytes(16), self.clock, self.catalogue)
        profile = Profile(account, account, f"{account}@example.com", self.clock, "owner", f"cus_{account}")
        entry = first_entry(state, "service")
        owner = Member("owner", profile.email, "Owner", "owner")
        self.calm.open_account(state, profile, entry, owner)
        self.watches[account] = Watch(self.catalogue, self.clock, self.history.events)
        self.watches[account].opened(state, entry)
        self.history.salts[account] = state.salt

    # -- how it is worked off

    def due(self, messages: list[DueMessage]) -> None:
        """The queue that the sweep sends to."""
        for message in messages:
            self.queue.append(Message(self.clock, "due", message.account, message))

    def run(self) -> "World":
        """Everything worked off; then, without faults, every message once more."""
        everything = list(self.queue)
        self.work()
        self.faults.rates = Rates().scaled(0)
        self.clock += 60
        self.queue += [replace(m, due=self.clock) for m in everything if m.due > self.clock - WINDOW]
        self.work()
        self.ended(everything)
        return self

    def work(self) -> None:
        for process in self.processes:
            self.scheduler.spawn(lambda process=process: self.serve(process))
        self.scheduler.run()

    def serve(self, process: Process) -> None:
        """A process takes one message after the other until none is left for anybody."""
        while self.queue or self.busy:
            message = self.next_message()
            if message is None:
                self.scheduler.pause()
                continue
            self.busy += 1
            try:
                again = self.handle(process, message)
            except Crash:
                process.start()
                again = True
            finally:
                self.busy -= 1
            if again:
                assert message.tries < 60, f"{message} never gets through"
                self.queue.append(replace(message, due=self.clock + self.rng.randrange(60), tries=message.tries + 1))

    def next_message(self) -> Message | None:
        """One that is due; when nobody is at work, time goes on to the next."""
        if self.queue and not self.busy:
            self.clock = max(self.clock, min(message.due for message in self.queue))
        ready = [message for message in self.queue if message.due <= self.clock]
        if not ready:
            return None
        message = self.rng.choice(ready)
        self.queue.remove(message)
        return message

    def lull(self) -> None:
        """A process waits: the others go on, and so does time, a little."""
        self.clock += self.rng.choice((0, 0, 1))
        self.scheduler.pause()

    def handle(self, process: Process, message: Message) -> bool:
        """Whether the message must come again."""
        self.seen[message.kind] += 1
        try:
            return bool(getattr(self, f"do_{message.kind}")(process.deps, message))
        except TryAgain:
            return True

    def do_usage(self, deps: Deps, message: Message) -> bool:
        results = record_usage(deps, [(message.account, event) for event in message.content])
        accepted = self.watches[message.account].oracle.accepted
        for event, result in zip(message.content, results, strict=True):
            if result.result in ("recorded", "duplicate"):
                assert event.id in accepted, f"{event.id} acknowledged and not counted"
        self.seen.update(result.code or result.result for result in results)
        return any(result.code == "try_again" for result in results)

    def do_event(self, deps: Deps, message: Message) -> None:
        if deps.store.note_event(message.content, deps.clock.now()):
            handle_stripe_event(deps, message.content)

    def do_rename(self, deps: Deps, message: Message) -> None:
        put_account(deps, message.account, message.content, "new@example.com", None, "service")

    def do_sweep(self, deps: Deps, _message: Message) -> None:
        sweep(deps)

    def do_due(self, deps: Deps, message: Message) -> None:
        book_due(deps, message.content)

    def do_consume(self, deps: Deps, message: Message) -> None:
        [event] = message.content
        oracle, begun = self.watches[message.account].oracle, self.tables.sequence
        try:
            decision = consume(deps, message.account, event, dry_run=False)
        except Invalid:
            assert event.at < self.clock + 40 - WINDOW or event.at > self.clock - 40 + 300
            return
        self.seen[decision.reason] += 1
        if decision.allowed:
            assert event.id in oracle.accepted, f"{event.id} allowed and not counted"
        elif begun == self.tables.sequence and decision.reason != "standing":
            assert event.id not in oracle.accepted, f"{event.id} refused and counted"
            assert not self.would_allow(message.account, event, deps.clock.now()), f"{event.id} refused wrongly"

    def would_allow(self, account: str, event: UsageEvent, now: int) -> bool:
        oracle = self.watches[account].oracle
        tally = oracle.at(min(event.at, now))
        if tally is None or now >= oracle.current.period.end:
            return False
        allowance = self.catalogue.plans[tally.plan].allowances[event.meter]
        if tally.used.get(event.meter, 0) + event.quantity <= (allowance.included or 0):
            return True
        needed = oracle.price(tally, event)
        return allowance.policy == "credits" and (not needed or needed <= oracle.balance)

    # -- what must hold

    def committed(self, changes: list[Change]) -> None:
        """Called inside each write."""
        by_account: dict[str, dict[str, Change]] = {}
        for change in changes:
            pk = change.keys["pk"]["S"]
            never_back(change)
            if change.table == "core" and pk.startswith("A#"):
                by_account.setdefault(pk[2:], {})[change.keys["sk"]["S"]] = change
        for account, rows in by_account.items():
            state = rows.get("S")
            if account in self.watches and state is not None:
                assert state.old
                assert state.new
                others = {sk: row.new for sk, row in rows.items() if row.new is not None}
                entries = [row for sk, row in rows.items() if sk.startswith("E#")]
                assert all(row.old is None for row in entries), "an entry overwritten"
                watch = self.watches[account]
                watch.committed(state.old, state.new, others, self.items(account), self.clock, self.room)

    def items(self, account: str) -> dict[str, Any]:
        """The account's items of other kinds than entries, by sort key."""
        store = self.tables.stores["core"]
        rows = store.partitions.get(f"A#{account}", [])
        return {key[1]: store.items[key] for _, key in rows if key in store.items and not key[1].startswith("E#")}

    def ended(self, everything: list[Message]) -> None:
        """In the end everything that was sent is in effect."""
        for message in everything:
            oracle = self.watches[message.account].oracle
            session = self.stripe.sessions.get(message.content.object) if message.kind == "event" else None
            assert session is None or f"purchase:{session.purchase}" in oracle.granted, f"{session} never granted"
            if message.kind == "usage":
                for event in message.content:
                    lost = event.id not in oracle.accepted and message.due - event.at < WINDOW - DAY
                    assert not lost or event.at < START, f"{event.id} never counted"
        for account in self.watches:
            found = self.calm.account(account, consistent=True)
            assert found is not None
            free = ended(None, self.catalogue)
            force = in_force(self.stripe.as_it_is(f"sub_{account}"), free, self.catalogue)
            assert (found[0].plan, found[0].seats_bought) == (force.plan, force.seats), "not as Stripe has it"
