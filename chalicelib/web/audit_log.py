"""The audit log: who changed what, when, from what to what. It is the journal's own, and tells nobody's name."""

from typing import Any

from chalicelib.actions.read_log import read_log
from chalicelib.domain.erasable import acting, key_of
from chalicelib.domain.journal import Entry, Touch
from chalicelib.web import pages, render
from chalicelib.web.auth import BILLING
from chalicelib.web.call import Answer, Call
from chalicelib.web.pages import PageQuery
from chalicelib.web.routes import Routes
from chalicelib.web.shapes.records import AuditLog

routes = Routes(__name__)

LIST = "audit-log"
TIMES = frozenset({"grace_until", "expires_at", "old_ends_at", "ends_at"})


@routes.on("GET", "/v1/accounts/{account}/audit-log", scopes={"read", "admin"}, person=BILLING, answers=AuditLog)
def audit_log(call: Call, account: str, query: PageQuery) -> Answer:
    """Every change of money, plan, seats, people, keys, rule and names, newest first."""
    place = pages.place_of(call, LIST, account, query.cursor)
    found, on = read_log(call.deps, account, place, query.limit)
    cursor = pages.cursor_of(call, LIST, account, on)
    return Answer({"data": [_entry(each) for each in found], "next_cursor": cursor})


def _entry(value: Entry) -> dict[str, Any]:
    money = next((line.money for line in value.lines if line.money), None)
    return {
        "id": str(value.number),
        "at": render.time(value.at),
        "key": key_of(value.actor),
        "member": acting(value.actor),
        "what": value.cause.partition(":")[0],
        "changes": [_change(each) for each in value.touched],
        "note": value.note,
        "credits": sum(line.credits for line in value.lines) if value.lines else None,
        "money": render.money(money) if money else None,
    }


def _change(value: Touch) -> dict[str, Any]:
    before, after = _shown(value.what, value.before), _shown(value.what, value.after)
    return {"what": value.what, "id": value.id, "before": before, "after": after}


def _shown(name: str, value: Any) -> Any:
    if isinstance(value, dict):
        return {own: _shown(own, each) for own, each in value.items()}  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType] - plain JSON
    return render.time(value) if name in TIMES and value is not None else value
