"""Everything the emulator remembers, behind one lock.

Objects are kept as Stripe shows them. A field whose name begins with `_` is what Stripe knows and does not show.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from threading import RLock
from typing import Any

from infra.local.clock import Clock
from infra.local.stripe.errors import no_such
from infra.local.stripe.ids import Ids

API_VERSION = "2026-10-28.endive"

Object = dict[str, Any]
Params = dict[str, Any]


@dataclass
class Settings:
    """What the dashboard's billing settings say."""

    dunning_end: str = "cancel"
    dunning_days: tuple[int, ...] = (3, 5, 7)
    # Whether a subscription ends when one of its payments is disputed.
    dispute_cancels: bool = False


@dataclass
class Faults:
    """What is to go wrong, set by /_local/webhooks; counters count down."""

    drop: int = 0
    duplicate: int = 0
    reorder: bool = False
    delay: int = 0
    fail_api: int = 0
    failures_so_far: int = 0
    # The next so many changes asked for by the service meet a locked object.
    lock_timeout: int = 0
    locks_so_far: int = 0
    # Requests of the service that each second of the clock has room for; 0 is no limit.
    limit_per_second: int = 0
    # Nobody answers at any endpoint.
    down: bool = False


@dataclass
class Delivery:
    """One event on its way to one endpoint."""

    event_id: str
    endpoint_id: str
    due: int
    attempts: int = 0


def _nowhere(instant: int) -> None:
    raise ValueError(f"nothing turns the clock to {instant}")


@dataclass
class State:
    clock: Clock
    ids: Ids
    url: str = ""
    lock: RLock = field(default_factory=RLock)
    settings: Settings = field(default_factory=Settings)
    faults: Faults = field(default_factory=Faults)
    deliveries: list[Delivery] = field(default_factory=list)
    requests: list[Object] = field(default_factory=list)
    problems: list[Object] = field(default_factory=list)
    # Moves the clock, doing on the way what is due; the emulator sets it.
    turn_to: Callable[[int], None] = _nowhere
    # The API request being executed, which its events name; None for what time brings.
    request: Object | None = None
    _objects: dict[str, dict[str, Object]] = field(default_factory=dict)

    def now(self) -> int:
        return self.clock.now()

    def add(self, obj: Object) -> Object:
        self._objects.setdefault(obj["object"], {})[obj["id"]] = obj
        return obj

    def get(self, kind: str, object_id: str, param: str | None = None) -> Object:
        """The object, or Stripe's refusal: 400 when a parameter named it, 404 when the path did."""
        found = self._objects.get(kind, {}).get(object_id)
        if found is None or (param and found.get("deleted")):
            raise no_such(kind, object_id, param, 400 if param else 404)
        return found

    def find(self, object_id: str) -> Object | None:
        return next((kind[object_id] for kind in self._objects.values() if object_id in kind), None)

    def every(self, kind: str, **fields: Any) -> Iterator[Object]:
        """Objects of a kind whose fields have these values, oldest first."""
        for obj in list(self._objects.get(kind, {}).values()):
            if all(obj.get(name) == value for name, value in fields.items()):
                yield obj

    def remove(self, obj: Object) -> None:
        del self._objects[obj["object"]][obj["id"]]

    def problem(self, kind: str, detail: str) -> None:
        """Keep a promise that broke, for /_local/problems."""
        self.problems.append({"kind": kind, "detail": detail, "at": self.now()})


def shown(obj: Object) -> Object:
    """A copy of the object as Stripe shows it; of a deleted one only that it was."""
    if obj.get("deleted"):
        return {name: obj[name] for name in ("id", "object", "deleted")}
    return {name: copied(value) for name, value in obj.items() if not name.startswith("_")}


def copied(value: Any) -> Any:
    """A copy of what JSON holds, sharing nothing. Answers and events are made of these: deepcopy takes far longer."""
    if isinstance(value, dict):
        return {name: copied(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [copied(each) for each in value]
    return value
