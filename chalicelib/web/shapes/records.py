"""The audit log, an audit's findings, and what came of an erasure."""

from typing import Any, Literal

from msgspec import Struct

from chalicelib.web.shapes.common import Amount, At, NextCursor


class Change(Struct):
    """What was touched, from what to what."""

    what: str
    id: str | None
    before: Any
    after: Any


class LogLine(Struct):
    """`key` is the prefix of the key that asked, null where the service itself did."""

    id: str
    at: At
    key: str | None
    member: str | None
    what: str
    changes: list[Change]
    note: str | None
    credits: int | None
    money: Amount | None


class AuditLog(Struct):
    """Newest first."""

    data: list[LogLine]
    next_cursor: NextCursor


class Finding(Struct):
    code: str
    detail: str


class Findings(Struct):
    findings: list[Finding]


class Erased(Struct):
    erased_at: At


class Erasing(Struct):
    """More is to do: send the same again."""

    state: Literal["erasing"]
