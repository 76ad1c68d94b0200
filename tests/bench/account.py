"""The heaviest account in tables behind a meter, with the service's own store and actions on it; the clock is ours."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import count
from typing import Any, NamedTuple

from chalicelib.actions.project_journal import LAG, project_journal
from chalicelib.actions.record_usage import Result, record_usage
from chalicelib.adapters.dynamo.journal_records import lots_item
from chalicelib.adapters.dynamo.projections import DynamoProjections
from chalicelib.adapters.dynamo.records import account_pk, purchase_item, raw
from chalicelib.adapters.dynamo.store import DynamoStore
from chalicelib.adapters.dynamo.tables import Tables, in_turn
from chalicelib.adapters.dynamo.wire import Wire
from chalicelib.deps import AtOnce, Deps
from chalicelib.domain.accounts import State
from chalicelib.domain.days import Days
from chalicelib.domain.invoices import Checkout
from chalicelib.domain.journal import Entry
from chalicelib.domain.opening import first_entry, opened
from chalicelib.domain.periods import DAY, Instant, day_start
from chalicelib.domain.usage import UsageEvent
from infra.resources import TABLE_API_ARGUMENTS, TABLES
from tests.bench import heaviest
from tests.bench.meter import Meter, tables_of
from tests.simulation.table import Engine

NOON: Instant = day_start(2026, 11, 21) + 43_200


def definitions(prefix: str = "") -> list[dict[str, Any]]:
    """CreateTable requests for the service's tables."""
    return [
        {"TableName": prefix + name, **{part: table[part] for part in TABLE_API_ARGUMENTS if part in table}}
        for name, table in TABLES.items()
    ]


class Cost(NamedTuple):
    """What some work took."""

    writes: float
    reads: float
    round_trips: int
    items_read: int


class Account:
    """One account on these offers; `deps` is a process that is warm after the first usage."""

    def __init__(self, offers: heaviest.Offers, meter: Meter | None = None, prefix: str = "", used: int | None = None):
        self.offers, self.clock, self._prefix, self._used = offers, NOON, prefix, used
        self.meter = meter or Meter(Engine(definitions()).call, tables_of(definitions()))
        self._numbers = count()
        self.charges: Any = None
        self._uncounted = self._process(self.meter.behind)
        self._open()
        self.deps = self._process()

    def now(self) -> Instant:
        return self.clock

    def checkout(self, stripe_session_id: str) -> Checkout:
        """All that is asked of Stripe here, but for what is charged."""
        assert stripe_session_id == heaviest.SESSION
        return heaviest.checkout()

    def cost(self, work: Callable[[], object]) -> Cost:
        """What the work takes over the wire."""
        self.meter.reset()
        work()
        return Cost(self.meter.write_units, self.meter.read_units, self.meter.round_trips, self.meter.items_read)

    def events(self, many: int) -> list[UsageEvent]:
        """Events that nobody has sent before."""
        return [heaviest.event(self.offers, next(self._numbers), self.clock) for _ in range(many)]

    def put(self, item: dict[str, Any]) -> None:
        """An item that costs nothing."""
        self.meter.behind("PutItem", {"TableName": self._tables[0], "Item": item})

    def item(self, sk: str) -> dict[str, Any]:
        """An item of the account as it is stored, at no cost."""
        key = {"pk": {"S": account_pk(heaviest.ACCOUNT)}, "sk": {"S": sk}}
        return self.meter.behind("GetItem", {"TableName": self._tables[0], "Key": key})["Item"]

    def another(self, name: str) -> str:
        """A new account like any other, which costs nothing; returns its id."""
        state = opened(name, b"s" * 16, self.clock - DAY, self.offers.catalogue)
        profile, owner = heaviest.people(self.clock)
        first = first_entry(state, heaviest.ACTOR)
        self._uncounted.store.open_account(state, replace(profile, account=name), first, owner)
        return name

    def fresh(self) -> tuple[Deps, Callable[[], int]]:
        """A process that has met nobody; and how many round trips it has waited for, since two may go at once."""
        beside = 0

        def at_once(jobs: Sequence[Callable[[], Any]]) -> list[Any]:
            nonlocal beside
            beside += len(jobs) - 1
            return [job() for job in jobs]

        return self._process(at_once=at_once), lambda: self.meter.round_trips - beside

    def project(self, lag: int = LAG) -> None:
        """What the stream would tell of the entries since it was asked last."""
        state = self.deps.store.cached(heaviest.ACCOUNT)
        if state is None or state.entries == self._projected:
            return
        new = self._uncounted.store.entries(heaviest.ACCOUNT, before=None, limit=state.entries - self._projected)
        waited = self.meter.round_trips
        project_journal(self.deps, new[::-1], lag)
        # Nobody waits for it.
        self.meter.round_trips = waited
        self._projected = state.entries

    def record(self, events: Sequence[UsageEvent], expected: str = "recorded") -> None:
        """Sends them in one call, and sees to it that each came to what is expected."""
        results = self.send(events)
        assert {each.result for each in results} == {expected}, results

    def send(self, events: Sequence[UsageEvent]) -> list[Result]:
        """Sends them in one call."""
        return record_usage(self.deps, [(heaviest.ACCOUNT, each) for each in events])

    @property
    def state(self) -> State:
        """As it is stored, at no cost."""
        state = self._uncounted.store.state(heaviest.ACCOUNT, consistent=True)
        assert state is not None
        return state

    @property
    def newest(self) -> Entry:
        """The entry that closed last, at no cost."""
        return self._uncounted.store.entries(heaviest.ACCOUNT, before=None, limit=1)[0]

    @property
    def opened_ids(self) -> int:
        """How many events the open entry holds."""
        state = self.deps.store.cached(heaviest.ACCOUNT)
        assert state is not None
        return len(state.open_ids)

    @property
    def _tables(self) -> tuple[str, str]:
        return f"{self._prefix}core", f"{self._prefix}ephemeral"

    def _process(self, wire: Wire | None = None, at_once: AtOnce = in_turn) -> Deps:
        """One that has seen nothing yet."""
        missing: Any = None
        stripe: Any = self
        tables = Tables(wire or self.meter.call, *self._tables, at_once=at_once)
        return Deps(
            store=DynamoStore(tables, self.offers.catalogue),
            projections=DynamoProjections(tables, self.offers.catalogue),
            stripe=stripe,
            queue=missing,
            clock=self,
            at_once=in_turn,
            catalogue=self.offers.catalogue,
            settings=missing,
            token=missing,
            salt=missing,
            secret=missing,
            verify_stripe=missing,
        )

    def _open(self) -> None:
        """Opened as every account is, but in the state that years of use would leave, its first entry long past."""
        before, state = self._uncounted, heaviest.state(self.offers, self.clock)
        if self._used is not None:
            state = replace(state, used=dict.fromkeys(state.used, self._used))
        profile, owner = heaviest.people(self.clock)
        before.store.open_account(state, profile, first_entry(state, heaviest.ACTOR), owner)
        before.projections.save_days(Days(state.account), Days(state.account, state.entries), {})
        self._projected = state.entries
        lots = lots_item(heaviest.ACCOUNT, heaviest.ENTRIES - 1, heaviest.lots(self.clock))
        for item in (lots, purchase_item(heaviest.purchase(self.clock))):
            self.put(raw(item))
