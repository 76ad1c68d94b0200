"""What befalls a process: it dies at one of its calls, or Stripe's answers fail and get lost."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from chalicelib.deps import Deps
from tests.actions.world import Died


@dataclass(frozen=True)
class Mishap:
    """At the `nth` call to Stripe or the store the process dies, before or after it; or so many answers fail."""

    kind: str
    nth: int


@dataclass
class Fuse:
    """Counts the calls of one process, to Stripe and to the store together."""

    left: int
    is_after: bool

    def burn(self, call: Callable[..., Any], *args: Any, **named: Any) -> Any:
        self.left -= 1
        if self.left == 0 and not self.is_after:
            raise Died
        answer = call(*args, **named)
        if self.left == 0:
            raise Died
        return answer


class Mortal:
    """An object whose calls burn a fuse."""

    def __init__(self, real: Any, fuse: Fuse) -> None:
        self._real, self._fuse = real, fuse

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._real, name)
        return (lambda *args, **named: self._fuse.burn(found, *args, **named)) if callable(found) else found


def mortal(deps: Deps, mishap: Mishap | None) -> Deps:
    """The deps of a process that will die so; those that last where it will not."""
    if mishap is None or mishap.kind == "fail_api":
        return deps
    fuse = Fuse(mishap.nth, mishap.kind == "die_after")
    store: Any = Mortal(deps.store, fuse)
    stripe: Any = Mortal(deps.stripe, fuse)
    return replace(deps, store=store, stripe=stripe)
