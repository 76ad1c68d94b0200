"""How a touch is told, in the audit log and in the export alike: as the entry has it, but its instants are times."""

from typing import Any

from chalicelib.domain.journal import Touch
from chalicelib.web import render

TIMES = frozenset({"grace_until", "expires_at", "old_ends_at", "ends_at"})
"""What is an instant: the thing that was touched, or a field of it."""


def shown(value: Touch) -> dict[str, Any]:
    before, after = _told(value.what, value.before), _told(value.what, value.after)
    return {"what": value.what, "id": value.id, "before": before, "after": after}


def _told(name: str, value: Any) -> Any:
    if isinstance(value, dict):
        return {own: _told(own, each) for own, each in value.items()}  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType] - plain JSON
    return render.time(value) if name in TIMES else value
