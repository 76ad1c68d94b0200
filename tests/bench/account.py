"""The heaviest account in tables behind a meter, with the service's own store and actions on it; the clock is ours."""

from collections.abc import Callable, Sequence
from itertools import count
from typing import Any, NamedTuple

from chalicelib.actions.record_usage import record_usage
from chalicelib.adapters.dynamo.journal_records import lots_item
from chalicelib.adapters.dynamo.records import purchase_item, raw
from chalicelib.adapters.dynamo.store import DynamoStore
from chalicelib.deps import Deps
from chalicelib.domain.invoices import Checkout
from chalicelib.domain.opening import first_entry
from chalicelib.domain.periods import Instant, day_start
from chalicelib.domain.usage import UsageEvent
from infra.resources import TABLE_API_ARGUMENTS, TABLES
from tests.bench import heaviest
from tests.bench.meter import Meter, tables_of
from tests.simulation.table import Tables

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


class Account:
    """One account on these offers; `deps` is a process that is warm after the first usage."""

    def __init__(self, offers: heaviest.Offers, meter: Meter | None = None, prefix: str = ""):
        self.offers, self.clock, self._prefix = offers, NOON, prefix
        self.meter = meter or Meter(Tables(definitions()).call, tables_of(definitions()))
        self._numbers = count()
        self._open()
        self.deps = self._process()

    def now(self) -> Instant:
        return self.clock

    def checkout(self, stripe_session_id: str) -> Checkout:
        """All that is asked of Stripe here."""
        assert stripe_session_id == heaviest.SESSION
        return heaviest.checkout()

    def cost(self, work: Callable[[], object]) -> Cost:
        """What the work takes over the wire."""
        self.meter.reset()
        work()
        return Cost(self.meter.write_units, self.meter.read_units, self.meter.round_trips)

    def events(self, many: int) -> list[UsageEvent]:
        """Events that nobody has sent before."""
        return [heaviest.event(self.offers, next(self._numbers), self.clock) for _ in range(many)]

    def record(self, events: Sequence[UsageEvent], expected: str = "recorded") -> None:
        """Sends them in one call, and sees to it that each came to what is expected."""
        results = record_usage(self.deps, [(heaviest.ACCOUNT, each) for each in events])
        assert {each.result for each in results} == {expected}, results

    @property
    def opened_ids(self) -> int:
        """How many events the open entry holds."""
        state = self.deps.store.cached(heaviest.ACCOUNT)
        assert state is not None
        return len(state.open_ids)

    @property
    def _tables(self) -> tuple[str, str]:
        return f"{self._prefix}core", f"{self._prefix}ephemeral"

    def _process(self) -> Deps:
        """One that has seen nothing yet."""
        missing: Any = None
        stripe: Any = self
        return Deps(
            store=DynamoStore(self.meter.call, *self._tables, self.offers.catalogue),
            stripe=stripe,
            queue=missing,
            clock=self,
            catalogue=self.offers.catalogue,
            settings=missing,
            token=missing,
            salt=missing,
            verify_stripe=missing,
        )

    def _open(self) -> None:
        """Opened as every account is, but in the state that years of use would leave, its first entry long past."""
        store, state = self._process().store, heaviest.state(self.offers, self.clock)
        profile, owner = heaviest.people(self.clock)
        store.open_account(state, profile, first_entry(state, heaviest.ACTOR), owner)
        lots = lots_item(heaviest.ACCOUNT, heaviest.ENTRIES - 1, heaviest.lots(self.clock))
        for item in (lots, purchase_item(heaviest.purchase(self.clock))):
            self.meter.behind("PutItem", {"TableName": self._tables[0], "Item": raw(item)})
