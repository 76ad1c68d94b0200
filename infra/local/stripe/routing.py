"""How a resource file says what it has built: `{"POST /v1/customers": Route(create, "name email ...")}`."""

from collections.abc import Callable
from typing import Any, NamedTuple

from infra.local.stripe.state import Object, Params

LISTING = "limit starting_after ending_before"


class Route(NamedTuple):
    """A handler `(state, params, *ids of the path) -> object`, and the parameters it honours.

    `takes` are names, a dot for what is nested and no index for lists; a name alone takes all that is inside it.
    """

    handler: Callable[..., Object]
    takes: str = ""


Routes = dict[str, Route]


def unbuilt(route: Route, params: Params) -> list[str]:
    """The parameters that are real and that the handler does not honour."""
    taken = {"expand", *route.takes.split()}
    return sorted({path for path in _paths(params) if not _honoured(path, taken)})


def _paths(value: Any, path: str = "") -> list[str]:
    if isinstance(value, dict) and value:
        return [each for name, inner in value.items() for each in _paths(inner, f"{path}.{name}" if path else name)]
    if isinstance(value, list) and value:
        return [each for inner in value for each in _paths(inner, path)]
    return [path] if path else []


def _honoured(path: str, taken: set[str]) -> bool:
    steps = path.split(".")
    return any(".".join(steps[:length]) in taken for length in range(1, len(steps) + 1))
