"""Stripe's billing portal, where customers see to their card, address and invoices themselves."""

from typing import Any, Literal

from msgspec import Struct

from chalicelib.actions.open_portal import open_portal
from chalicelib.web.auth import BILLING
from chalicelib.web.call import Answer, Call
from chalicelib.web.contract import STRIPE
from chalicelib.web.field_types import Url
from chalicelib.web.return_urls import check_return_urls
from chalicelib.web.routes import Routes
from chalicelib.web.shapes.common import Address

routes = Routes(__name__)


class PortalBody(Struct, frozen=True, forbid_unknown_fields=True):
    """`flow` leads straight to one page of the portal, and from there back."""

    return_url: Url
    flow: Literal["payment_method"] | None = None


def opened(call: Call, _: Any, *, account: str, body: PortalBody) -> Any:
    """The address, which opens the portal to whoever has it: asked of Stripe again, and not kept."""
    return {"url": open_portal(call.deps, account, body.return_url, body.flow, call.asker)}


@routes.on(
    "POST",
    "/v1/accounts/{account}/portal",
    scopes={"billing"},
    person=BILLING,
    afresh=opened,
    answers=Address,
    refuses=STRIPE,
)
def portal(call: Call, account: str, body: PortalBody) -> Answer:
    """A fresh address of the portal."""
    check_return_urls(call.deps.settings.return_hosts, return_url=body.return_url)
    return Answer(opened(call, {}, account=account, body=body), kept={})
