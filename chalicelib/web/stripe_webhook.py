"""POST /stripe/webhook: Stripe's events, verified by their raw bytes, noted and queued before the 200."""

from chalicelib.actions.receive_stripe_event import receive_stripe_event
from chalicelib.errors import BadSignature, Throttled, TooLarge, Unavailable
from chalicelib.web.arguments import KIB
from chalicelib.web.auth import PUBLIC
from chalicelib.web.call import Answer, Call
from chalicelib.web.routes import Routes
from chalicelib.web.shapes.public import Received

routes = Routes(__name__)


@routes.on(
    "POST",
    "/stripe/webhook",
    scopes=PUBLIC,
    most_bytes=KIB * KIB,
    answers=Received,
    refuses=(BadSignature, TooLarge, Throttled, Unavailable),
)
def webhook(call: Call, body: bytes) -> Answer:
    """200 once the event is safely queued; anything else makes Stripe send it again."""
    receive_stripe_event(call.deps, body, call.header("stripe-signature"))
    return Answer({"received": True})
