"""The export: everything that is held of an account as JSON lines, each with its kind; secrets stay here."""

import json
from collections.abc import Mapping
from typing import Any

from msgspec import Struct

from chalicelib.actions.export import export
from chalicelib.web import pages, render
from chalicelib.web.auth import BILLING
from chalicelib.web.call import Answer, Call
from chalicelib.web.contract import LINES, Says
from chalicelib.web.field_types import Cursor
from chalicelib.web.routes import Routes
from chalicelib.web.times import shown_day

routes = Routes(__name__)

LIST = "export"
SECRET = frozenset({"salt", "token_hash", "digest", "ids", "open_ids", "version", "lots_version"})
"""What opens something, is only good together with that, or says how items are written; never shown."""
TIMES = frozenset({
    "at", "created", "anchor", "start", "end", "grace_until", "due", "wish", "fence", "holds_until", "lapses_at",
    "expires_at", "tried_from", "look_at", "ended_at", "cancel_at", "as_of", "until", "erased", "ends_at",
})  # fmt: skip
DAYS = frozenset({"day", "day_before", "used_day"})


class ExportQuery(Struct, frozen=True, forbid_unknown_fields=True):
    cursor: Cursor | None = None


@routes.on(
    "GET",
    "/v1/accounts/{account}/export",
    scopes={"admin"},
    person=BILLING,
    answers={200: Says(None, media=(LINES,), headers=("Next-Cursor",))},
)
def get(call: Call, account: str, query: ExportQuery) -> Answer:
    """A page of lines; the next one's cursor is in the header Next-Cursor."""
    pepper = call.deps.settings.key_pepper
    after = None if query.cursor is None else pages.opened(pepper, LIST, account, query.cursor)
    things, on = export(call.deps, account, after)
    lines = "".join(json.dumps({"kind": kind, **_plain(fields)}, ensure_ascii=False) + "\n" for kind, fields in things)
    more = {} if on is None else {"Next-Cursor": pages.sealed(pepper, LIST, account, on)}
    return Answer(lines, headers={"Content-Type": "application/x-ndjson", **more})


def _plain(fields: Mapping[Any, Any]) -> dict[str, Any]:
    return {str(name): _shown(name, value) for name, value in fields.items() if name not in SECRET}


def _shown(name: Any, value: Any) -> Any:
    if isinstance(value, Mapping):
        return _mapping(value)  # pyright: ignore[reportUnknownArgumentType] - whatever an item holds
    if isinstance(value, (list, tuple, set, frozenset)):
        return [_shown(name, each) for each in value]  # pyright: ignore[reportUnknownVariableType]
    if isinstance(value, int) and not isinstance(value, bool):
        return shown_day(value) if name in DAYS else render.time(value) if name in TIMES else value
    return value


def _mapping(value: Mapping[Any, Any]) -> Any:
    """What is told apart by several things at once is a list of them."""
    if any(isinstance(key, tuple) for key in value):
        return [[*key, *(each if isinstance(each, tuple | list) else [each])] for key, each in value.items()]
    return _plain(value)
