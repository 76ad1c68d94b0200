"""Notices: what people and backends are told, each with one stable id for what it tells.

A notice is written with the change that causes it, so it can be told twice but never be lost.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Notice:
    """One thing to tell; `id` names the cause, so that the same thing told twice is known."""

    id: str
    kind: str
    detail: str
    meter: str | None = None
