"""Adjustments of credits, by hand."""

from typing import Any

from msgspec import Struct

from chalicelib.actions.adjust_credits import adjust_credits
from chalicelib.web.auth import NOBODY
from chalicelib.web.call import Answer, Call
from chalicelib.web.field_types import Reason, Signed, Time
from chalicelib.web.render import time
from chalicelib.web.routes import Routes
from chalicelib.web.shapes.credits import Adjustment
from chalicelib.web.times import instant

routes = Routes(__name__)


class AdjustmentBody(Struct, frozen=True, forbid_unknown_fields=True):
    credits: Signed
    reason: Reason
    expires_at: Time | None = None


def again(_: Call, kept: Any, *, body: AdjustmentBody, **__: Any) -> Any:
    """A reason may say names, so it is not kept; the same request says it again."""
    return kept | {"reason": body.reason}


@routes.on(
    "POST",
    "/v1/accounts/{account}/credits/adjustments",
    scopes={"admin"},
    person=NOBODY,
    afresh=again,
    answers=Adjustment,
)
def adjust(call: Call, account: str, body: AdjustmentBody) -> Answer:
    """Gives credits, or takes them. A member cannot."""
    ends = instant(body.expires_at) if body.expires_at else None
    made = adjust_credits(call.deps, account, body.credits, body.reason, ends, call.asker)
    kept = {
        "id": made.id,
        "credits": made.credits,
        "balance": made.balance,
        "available": made.available,
        "expires_at": time(made.expires_at),
    }
    return Answer(kept | {"reason": made.reason}, kept=kept)
