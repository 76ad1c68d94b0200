"""A history by a seed: messages of every kind, processes that take them from a queue, faults at every call.

The code under test is the real store and the real actions; only the wire is the model's. A message that failed or
whose process died comes back; one that is done sometimes comes again.
"""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from random import Random
from typing import Any

from chalicelib.actions.follow_journal import follow_journal
from chalicelib.actions.project_journal import LAG, project_journal
from chalicelib.actions.read_days import read_days
from chalicelib.actions.read_history import read_history
from chalicelib.actions.read_notices import read_notices
from chalicelib.adapters.dynamo.store import DynamoStore
from chalicelib.adapters.dynamo.tables import Tables
from chalicelib.deps import Deps
from chalicelib.domain.accounts import Member, Profile, State
from chalicelib.domain.in_force import ended, in_force
from chalicelib.domain.opening import first_entry, opened
from chalicelib.domain.usage import WINDOW
from chalicelib.errors import StripeRefused, TryAgain
from chalicelib.messages import DueMessage, RechargeMessage
from infra.resources import TABLES
from tests.simulation.commits import PAID, Watch, When, never_back, something
from tests.simulation.dealings import Dealings
from tests.simulation.doing import Doing
from tests.simulation.faults import Faults, Rates
from tests.simulation.history import DAY, HEARD, START, History
from tests.simulation.ledger import Shown, shown
from tests.simulation.offers import offers
from tests.simulation.paying import Paying
from tests.simulation.processes import Process, Watched
from tests.simulation.scheduler import Crash, Scheduler
from tests.simulation.stream import Stream
from tests.simulation.street import Street
from tests.simulation.table import Change
from tests.simulation.terms import Terms
from tests.simulation.till import Till
from tests.simulation.waiting import Message

SKEW = 5
"""Seconds that a process's clock is off at most."""


class World:
    """Accounts, processes, a queue, a clock and the watch over all of it."""

    def __init__(self, seed: int, dropped: Collection[str] = (), faults: float | None = None):
        self.rng = rng = Random(seed)
        self.clock, self.catalogue = START, offers()
        self.tables = Watched([{"TableName": name, **TABLES[name]} for name in TABLES], now=lambda: self.clock)
        self.tables.world = self
        self.scheduler = Scheduler(rng)
        rate = rng.choice((0, 0.3, 1, 1, 2)) if faults is None else faults
        self.faults = Faults(self.tables, rng, Rates().scaled(rate), self.scheduler.pause)
        self.wire = Terms(self.faults.call, dropped)
        self.watches: dict[str, Watch] = {}
        self.streams: dict[str, Stream] = {}
        self.published: dict[str, Mapping[str, Any]] = {}
        self.busy, self.seen = 0, Counter[str]()
        self.limits_seen: dict[Any, int] = {}
        self.calm = DynamoStore(Tables(self.tables.call, "core", "ephemeral"), self.catalogue)
        self.hot = seed % 10 == 2
        self.begin(rate, Random(f"money {seed}"))
        self.room = rng.choice((420, 500) if self.hot else (420, 500, 700, 1000))
        count = range(8 if self.hot else rng.choice((1, 2, 4, 8)))
        self.processes = [Process(self, rng.choice((0, 0, 1, -1, SKEW, -SKEW))) for _ in count]
        for name in ("acme",) if self.hot else rng.choice((("acme",), ("acme", "zeta"))):
            self.open(name)
        self.history.fill(hot=self.hot)
        self.dealings.fill(hot=self.hot)

    def begin(self, rate: float, money: Random) -> None:
        """Stripe, the messages to come, and those who will work them off."""
        self.doing, self.paying = Doing(self), Paying(self)
        self.stripe = Till(self.rng, lambda: self.clock, self.scheduler.pause)
        self.stripe.rate = 0.02 * rate
        self.cashier, self.givebacks = self.stripe.charges, self.stripe.refunds
        self.street = Street(self)
        self.history = History(self.rng, self.stripe, self.calm, {})
        self.queue, self.dealings = self.history.queue, Dealings(self.history, money)

    def open(self, account: str) -> None:
        """An account, before the faults begin."""
        state = opened(account, self.rng.randbytes(16), self.clock, self.catalogue)
        profile = Profile(account, account, f"{account}@example.com", self.clock, ("owner",), f"cus_{account}")
        entry = first_entry(state, "service")
        owner = Member("owner", profile.email, "Owner", "owner")
        self.calm.open_account(state, replace(profile, stripe_customer_id=None), entry, owner)
        self.calm.attach_customer(profile, f"cus_{account}")
        self.street.opened(account)
        self.watches[account] = Watch(self.catalogue, self.clock, self.history.events, self.history.corrections)
        self.watches[account].opened(state, entry)
        self.streams[account] = Stream(self.rng)
        self.streams[account].add(entry)
        self.history.salts[account] = state.salt

    # -- how it is worked off

    def due(self, messages: list[DueMessage]) -> None:
        """The queue that the sweep sends to."""
        for message in messages:
            self.queue.append(Message(self.clock, "due", message.account, message))

    def recharge(self, message: RechargeMessage, now: int) -> None:  # noqa: ARG002 - the queue drops no repeats here
        self.street.wish(message)

    def publish(self, events: Sequence[Mapping[str, Any]]) -> None:
        """The bus: the same id says the same, however often it comes."""
        for event in events:
            assert self.published.setdefault(event["id"], event) == event, f"{event['id']} says something else"

    def run(self) -> "World":
        """Everything worked off; then, without faults, every message once more."""
        everything = [message for message in self.queue if message.kind != "turn"]
        self.work()
        self.faults.rates, self.stripe.rate = Rates().scaled(0), 0.0
        self.clock += 60
        self.queue += [replace(m, due=self.clock) for m in everything if m.due > self.clock - WINDOW]
        self.work()
        self.street.come_to_rest()
        self.ended(everything)
        self.clock += DAY + 60
        self.queue.append(Message(self.clock, "sweep", "acme", None))
        self.work()
        self.street.come_to_rest()
        for account in self.watches:
            self.read_in_the_end(account)
            self.street.ended(account)
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
                self.scheduler.idle(self.is_work)
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
                assert message.tries < 400, f"{message} never gets through"
                self.queue.append(replace(message, due=self.clock + self.rng.randrange(60), tries=message.tries + 1))

    def next_message(self) -> Message | None:
        """One that is due; when nobody is at work, time goes on to the next."""
        if not self.busy:
            self.clock = self.queue.next_due(self.clock)
        return self.queue.take(self.clock, self.rng)

    def is_work(self) -> bool:
        """Whether a process that has nothing to do should look again."""
        return not self.busy or self.queue.is_ready(self.clock)

    def lull(self) -> None:
        """A process waits: the others go on, and so does time, a little."""
        self.clock += self.rng.choice((0, 0, 1))
        self.scheduler.pause()

    def handle(self, process: Process, message: Message) -> bool:
        """Whether the message must come again."""
        self.seen[message.kind] += 1
        try:
            side = self.doing if hasattr(self.doing, message.kind) else self.paying
            return bool(getattr(side, message.kind)(process.deps, message))
        except (TryAgain, StripeRefused):
            # The queue brings it again, whatever it was.
            return True

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
                when = When(self.clock, self.tables.said)
                watch.committed(state.old, state.new, others, self.items(account), when, self.room)
                self.street.committed(watch, rows, when)
                for row in entries:
                    assert row.new
                    self.follow(account, row.new)
            elif account in self.watches:
                assert not any(sk[:2] in ("H#", "X#", "E#", "P#") for sk in rows), "written without STATE"
                paid = [row for sk, row in rows.items() if sk[:2] == "B#" and row.old and row.old["state"]["S"] in PAID]
                assert not paid, "a settled purchase written without STATE"

    def stored(self, account: str) -> State:
        """What stands in the table at this moment."""
        return self.watches[account].state(self.tables.items("core")[f"A#{account}", "S"])

    def follow(self, account: str, row: Any) -> None:
        """The stream has an entry more, and mostly tells it soon."""
        self.streams[account].add(self.watches[account].entry(row))
        if self.clock > HEARD and self.rng.random() < 0.2:
            delay = self.rng.choice((0, 0, 1, 3600, 9 * DAY))
            self.queue.append(Message(self.clock + delay, "follow", account, None))

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

    def read_in_the_end(self, account: str) -> None:
        """What is read in pages is what happened, however much of it is projected; no hold outlives its end."""
        watch, deps = self.watches[account], Process(self, 0).start(calm=True).deps
        stream = self.streams[account]
        assert not watch.oracle.open_holds, "a hold that nobody let expire"
        self.read_everything(deps, watch, account, pages=1)
        follow_journal(deps, stream.entries)
        assert deps.projections.days(account).entries > watch.journal.entries - LAG
        project_journal(deps, stream.entries, lag=1)
        assert deps.projections.days(account).entries == watch.journal.entries
        self.read_everything(deps, watch, account, pages=3)
        told = {event["notice"]["id"] for event in self.published.values() if "notice" in event}
        assert told.issuperset(watch.journal.told), "a notice that never reached the bus"

    def read_everything(self, deps: Deps, watch: Watch, account: str, pages: int) -> None:
        days = read_days(deps, account, 0, 10**6)
        assert something(dict(days)) == watch.pasts[-1], f"days {days}"
        page, cursor = read_notices(deps, account, None, 10**4)
        assert ([each.notice.id for each in page[::-1]], cursor) == (watch.journal.told, None), "notices"
        found, cursor, limit = list[Shown](), "", len(watch.ledger.closed) // pages + 1
        while cursor is not None:
            lines, cursor = read_history(deps, account, cursor or None, limit)
            found += map(shown, lines)
        assert found[::-1] == watch.ledger.lines(), f"{found[::-1]}, not {watch.ledger.lines()}"
