"""The subscription: bought by Checkout, changed after a preview, cancelled, and the cancellation undone."""

from typing import Annotated, Any, Literal

from msgspec import Meta, Struct

from chalicelib.actions.cancel_subscription import cancel_subscription, forget_scheduled, resume_subscription
from chalicelib.actions.change_subscription import Request, change_subscription
from chalicelib.actions.preview_change import preview_change
from chalicelib.actions.read_account import overview
from chalicelib.domain.wishes import Wish
from chalicelib.errors import NoSubscription, NotCancelling, PreviewStale, UnknownPreview
from chalicelib.web import render
from chalicelib.web.accounts import account_now
from chalicelib.web.arguments import NoFields
from chalicelib.web.auth import BILLING
from chalicelib.web.call import Answer, Call
from chalicelib.web.contract import CHANGING, NO_CONTENT
from chalicelib.web.field_types import LINE, Id, Seats, Url
from chalicelib.web.return_urls import check_return_urls
from chalicelib.web.routes import Routes
from chalicelib.web.shapes.accounts import Account
from chalicelib.web.shapes.subscription import Changed, Preview

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


class PreviewBody(Struct, frozen=True, forbid_unknown_fields=True):
    plan: Id | None = None
    interval: Literal["month", "year"] | None = None
    seats: Seats | None = None


class CancelBody(Struct, frozen=True, forbid_unknown_fields=True):
    reason: Reason | None = None
    comment: Annotated[str, Meta(max_length=1000, pattern=LINE)] | None = None


def with_account(call: Call, kept: Any, *, account: str, **_: Any) -> Any:
    """The outcome, with the account as it is now."""
    return kept | {"account": call.shown(overview(call.deps, account))}


@routes.on(
    "POST",
    "/v1/accounts/{account}/subscription",
    scopes={"billing"},
    person=BILLING,
    afresh=with_account,
    answers=Changed,
    refuses=(PreviewStale, UnknownPreview, *CHANGING),
)
def change(call: Call, account: str, body: WishBody) -> Answer:
    """Does what the wish says, or says where to go for it."""
    check_return_urls(call.deps.settings.return_hosts, success_url=body.success_url, cancel_url=body.cancel_url)
    wish = Wish(body.plan, body.interval, body.seats)
    request = Request(wish, body.success_url, body.cancel_url, body.preview_id)
    outcome = change_subscription(call.deps, account, request, call.asker)
    kept = {"outcome": outcome.outcome} | ({} if outcome.url is None else {"url": outcome.url})
    return Answer(kept | {"account": call.shown(outcome.overview)}, kept=kept)


@routes.on(
    "POST",
    "/v1/accounts/{account}/subscription/preview",
    scopes={"billing"},
    person=BILLING,
    answers=Preview,
    refuses=CHANGING,
)
def preview(call: Call, account: str, body: PreviewBody) -> Answer:
    """What the wish would cost, and when it would happen; changes nothing."""
    found = preview_change(call.deps, account, Wish(body.plan, body.interval, body.seats))
    return Answer(render.preview(found))


@routes.on(
    "DELETE",
    "/v1/accounts/{account}/subscription/scheduled_change",
    scopes={"billing"},
    person=BILLING,
    answers=NO_CONTENT,
    refuses=CHANGING,
)
def forget(call: Call, account: str) -> Answer:
    """Forgets what is scheduled for the period's end."""
    forget_scheduled(call.deps, account, call.asker)
    return Answer("", 204)


@routes.on(
    "POST",
    "/v1/accounts/{account}/subscription/cancel",
    scopes={"billing"},
    person=BILLING,
    afresh=account_now,
    answers=Account,
    refuses=(NoSubscription, *CHANGING),
)
def cancel(call: Call, account: str, body: CancelBody) -> Answer:
    """Cancels at the end of the period; what is not paid for ends at once."""
    return Answer(call.shown(cancel_subscription(call.deps, account, body.reason, body.comment, call.asker)), kept={})


@routes.on(
    "POST",
    "/v1/accounts/{account}/subscription/resume",
    scopes={"billing"},
    person=BILLING,
    afresh=account_now,
    answers=Account,
    refuses=(NoSubscription, NotCancelling, *CHANGING),
)
def resume(call: Call, account: str, body: NoFields) -> Answer:  # noqa: ARG001 - says that no field is known here
    """Undoes the cancellation."""
    return Answer(call.shown(resume_subscription(call.deps, account, call.asker)), kept={})
