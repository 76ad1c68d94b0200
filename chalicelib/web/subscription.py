"""The subscription: bought by Checkout, cancelled at the period's end, and the cancellation undone."""

from typing import Annotated, Literal

from msgspec import Meta, Struct

from chalicelib.actions.cancel_subscription import cancel_subscription, resume_subscription
from chalicelib.actions.change_subscription import change_subscription
from chalicelib.domain.subscriptions import Wish
from chalicelib.errors import NotBuilt
from chalicelib.web.arguments import NoFields
from chalicelib.web.call import Answer, Call
from chalicelib.web.field_types import Id, Seats, Url
from chalicelib.web.return_urls import check_return_urls
from chalicelib.web.routes import Routes

routes = Routes(__name__)

# Stripe's cancellation_details.feedback.
Reason = Literal[
    "customer_service", "low_quality", "missing_features", "other",
    "switched_service", "too_complex", "too_expensive", "unused",
]  # fmt: skip


class WishBody(Struct, frozen=True, forbid_unknown_fields=True):
    """What is left out stays as it is; the addresses are needed for Checkout only."""

    plan: Id | None = None
    interval: Literal["month", "year"] | None = None
    seats: Seats | None = None
    preview_id: Id | None = None
    success_url: Url | None = None
    cancel_url: Url | None = None


class CancelBody(Struct, frozen=True, forbid_unknown_fields=True):
    reason: Reason | None = None
    comment: Annotated[str, Meta(max_length=1000)] | None = None


@routes.on("POST", "/v1/accounts/{account}/subscription", scopes={"billing"}, billing=True)
def change(call: Call, account: str, body: WishBody) -> Answer:
    """Does what the wish says, or says where to go for it."""
    if body.preview_id is not None:
        raise NotBuilt("Previews are not there yet.")
    check_return_urls(call.deps.settings.return_hosts, success_url=body.success_url, cancel_url=body.cancel_url)
    wish = Wish(body.plan, body.interval, body.seats)
    outcome = change_subscription(call.deps, account, wish, body.success_url, body.cancel_url, call.actor)
    url = {} if outcome.url is None else {"url": outcome.url}
    return Answer({"outcome": outcome.outcome, **url, "account": call.shown(outcome.overview)})


@routes.on("POST", "/v1/accounts/{account}/subscription/cancel", scopes={"billing"}, billing=True)
def cancel(call: Call, account: str, body: CancelBody) -> Answer:
    """Cancels at the end of the period."""
    return Answer(call.shown(cancel_subscription(call.deps, account, body.reason, body.comment, call.actor)))


@routes.on("POST", "/v1/accounts/{account}/subscription/resume", scopes={"billing"}, billing=True)
def resume(call: Call, account: str, body: NoFields) -> Answer:  # noqa: ARG001 - says that no field is known here
    """Undoes the cancellation."""
    return Answer(call.shown(resume_subscription(call.deps, account, call.actor)))
