"""Processes of a history: each has its own store with its own cache, and a clock that is a little off."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from greenlet import getcurrent

from chalicelib.adapters.dynamo.projections import DynamoProjections
from chalicelib.adapters.dynamo.store import DynamoStore
from chalicelib.adapters.dynamo.tables import Tables, in_turn
from chalicelib.deps import Deps
from chalicelib.domain.accounts import Profile, State
from tests.simulation.store import Moment
from tests.simulation.table import Engine

if TYPE_CHECKING:
    from tests.simulation.world import World


class Noting(DynamoStore):
    """A store that notes which limit whoever reads an account has seen."""

    world: "World"

    def account(self, account: str, *, consistent: bool = False) -> tuple[State, Profile] | None:
        found = super().account(account, consistent=consistent)
        if found and found[0].recharge:
            self.world.limits_seen[getcurrent(), account] = found[0].recharge.limit
        return found


class Process:
    """One container."""

    def __init__(self, world: "World", skew: int):
        self.world, self.skew = world, skew
        self.start()

    def start(self, *, calm: bool = False) -> "Process":
        """Cold, as after a crash; to a calm one nothing happens."""
        world = self.world
        wire = world.tables.call if calm else world.wire.call
        tables = Tables(wire, "core", "ephemeral", lambda _: world.lull())
        store = Noting(tables, world.catalogue, room=world.room)
        store.world = world
        self.deps = Deps(
            store=store,
            projections=DynamoProjections(tables, world.catalogue),
            stripe=world.stripe,  # type: ignore[arg-type]
            queue=world,  # type: ignore[arg-type]
            clock=self,
            at_once=in_turn,
            catalogue=world.catalogue,
            settings=None,  # type: ignore[arg-type]
            token=lambda: f"{world.rng.getrandbits(64):x}",
            salt=lambda: world.rng.randbytes(16),
            secret=lambda: world.rng.randbytes(32),
            verify_stripe=None,  # type: ignore[arg-type]
        )
        return self

    def now(self) -> int:
        return self.world.clock + self.skew


class Watched(Engine):
    """Tables that show every write to the world while it happens, and what time its writer took it to be."""

    world: "World"
    said = 0

    def call(self, operation: str, request: Mapping[str, Any], moment: Moment | None = None) -> dict[str, Any]:
        if operation == "UpdateItem":
            self.said = int(request.get("ExpressionAttributeValues", {}).get(":now", {"N": "0"})["N"])
        return super().call(operation, request, moment)

    def commit(self, outcomes: Any) -> None:
        already = len(self.stream)
        super().commit(outcomes)
        self.world.committed(self.stream[already:])
