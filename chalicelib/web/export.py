"""The export: everything that is held of an account as JSON lines, each with its kind; secrets stay here."""

import json
from collections.abc import Mapping
from typing import Any

from msgspec import Struct

from chalicelib.actions.export import export
from chalicelib.domain.journal import Touch
from chalicelib.web import pages, render, touches
from chalicelib.web.auth import BILLING
from chalicelib.web.call import Answer, Call
from chalicelib.web.contract import LINES, Says
from chalicelib.web.field_types import Cursor
from chalicelib.web.routes import Routes
from chalicelib.web.times import shown_day

routes = Routes(__name__)

LIST = "export"
SHOWN: Mapping[str, frozenset[str]] = {
    "key": frozenset({
        "id", "name", "prefix", "scopes", "account", "requires_member", "expires_at", "revoked", "created", "by",
        "used", "ended_by",
    }),
    "invitation": frozenset({"id", "email", "role", "at", "expires_at", "by", "state", "member"}),
}  # fmt: skip
"""All that is shown of what opens something."""
OURS = frozenset({"salt", "ids", "open_ids", "version", "lots_version"})
"""What says how things are written, or is only good together with that: fields of the things themselves."""
TIMES = touches.TIMES | {
    "at", "created", "anchor", "start", "end", "due", "wish", "fence", "holds_until", "lapses_at", "tried_from",
    "look_at", "ended_at", "cancel_at", "as_of", "until", "erased", "asked", "due_at", "paid_at", "since", "gauged_at",
}  # fmt: skip
DAYS = frozenset({"day", "day_before", "used"})
COUNTED = frozenset({"used", "credits_used", "gauged_at"})
"""By the names of meters, which the catalogue chooses: none of them is a field, whatever it is called."""
COLUMNS: Mapping[str, Mapping[int, tuple[str, ...]]] = {
    "sums": {2: ("day", "meter"), 3: ("start", "day", "meter")},
    "open_sums": {2: ("day", "meter")},
    "gauges": {2: ("meter", "day")},
}
"""What is told apart by several things at once: what these are, by the field and their number."""


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
    after = pages.place_of(call, LIST, account, query.cursor)
    things, on = export(call.deps, account, after)
    lines = "".join(json.dumps(_line(kind, fields), ensure_ascii=False) + "\n" for kind, fields in things)
    cursor = pages.cursor_of(call, LIST, account, on)
    more = {} if cursor is None else {"Next-Cursor": cursor}
    return Answer(lines, headers={"Content-Type": "application/x-ndjson", **more})


def _line(kind: str, fields: Mapping[str, Any]) -> dict[str, Any]:
    shown = SHOWN.get(kind, fields.keys() - OURS)
    return {"kind": kind, **_plain({name: value for name, value in fields.items() if name in shown})}


def _plain(fields: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _shown(name, value) for name, value in fields.items()}


def _shown(name: str, value: Any) -> Any:
    if name == "touched":
        return [touches.shown(Touch(**each)) for each in value]
    if isinstance(value, Mapping):
        return _mapping(name, value)  # pyright: ignore[reportUnknownArgumentType] - whatever an item holds
    if isinstance(value, (list, tuple, set, frozenset)):
        return [_shown(name, each) for each in value]  # pyright: ignore[reportUnknownVariableType]
    if isinstance(value, int) and not isinstance(value, bool):
        return shown_day(value) if name in DAYS else render.time(value) if name in TIMES else value
    return value


def _mapping(name: str, value: Mapping[Any, Any]) -> Any:
    """What is told apart by several things at once is a list of them, each named."""
    if name in COLUMNS:
        return [_row(name, key, each) for key, each in value.items()]
    if name in COUNTED:
        return {meter: render.time(each) if name in TIMES else each for meter, each in value.items()}
    return _plain(value)


def _row(name: str, key: tuple[Any, ...], value: Any) -> dict[str, Any]:
    counted = {"quantity": value[0], "credits": value[1]} if isinstance(value, tuple | list) else {"value": value}
    return _plain(dict(zip(COLUMNS[name][len(key)], key, strict=True)) | counted)
