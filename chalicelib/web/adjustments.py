"""Adjustments of credits, by hand."""

from msgspec import Struct

from chalicelib.actions.adjust_credits import adjust_credits
from chalicelib.errors import Forbidden
from chalicelib.web.call import Answer, Call
from chalicelib.web.field_types import Reason, Signed, Time
from chalicelib.web.idempotency import idempotency_key
from chalicelib.web.render import time
from chalicelib.web.routes import Routes
from chalicelib.web.times import instant

routes = Routes(__name__)


class AdjustmentBody(Struct, frozen=True, forbid_unknown_fields=True):
    credits: Signed
    reason: Reason
    expires_at: Time | None = None


@routes.on("POST", "/v1/accounts/{account}/credits/adjustments", scopes={"admin"})
def adjust(call: Call, account: str, body: AdjustmentBody) -> Answer:
    """Gives credits, or takes them; the same Idempotency-Key does it once. A member cannot."""
    if call.by.acting is not None:
        raise Forbidden("An adjustment takes no Acting-Member.")
    ends = instant(body.expires_at) if body.expires_at else None
    by = call.actor, idempotency_key(call)
    made = adjust_credits(call.deps, account, body.credits, body.reason, ends, by=by)
    return Answer(
        {
            "id": made.id,
            "credits": made.credits,
            "balance": made.balance,
            "available": made.available,
            "reason": made.reason,
            "expires_at": time(made.expires_at),
        }
    )
