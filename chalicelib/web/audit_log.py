"""The audit log: who changed what, when, from what to what. It is the journal's own, and tells nobody's name."""

from typing import Any

from chalicelib.actions.read_log import read_log
from chalicelib.domain.erasable import acting, key_of
from chalicelib.domain.journal import Entry
from chalicelib.web import pages, render, touches
from chalicelib.web.auth import BILLING
from chalicelib.web.call import Answer, Call
from chalicelib.web.pages import PageQuery
from chalicelib.web.routes import Routes
from chalicelib.web.shapes.records import AuditLog

routes = Routes(__name__)

LIST = "audit-log"


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
        "changes": [touches.shown(each) for each in value.touched],
        "note": value.note,
        "credits": sum(line.credits for line in value.lines) if value.lines else None,
        "money": render.money(money) if money else None,
    }
