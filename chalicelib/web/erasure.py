"""The erasure of an account: what names a person goes, what the law needs of money stays."""

from typing import Any

from msgspec import Struct

from chalicelib.actions.erase import erase
from chalicelib.web.auth import BILLING
from chalicelib.web.call import Answer, Call
from chalicelib.web.contract import STRIPE, Says
from chalicelib.web.field_types import Name
from chalicelib.web.render import time
from chalicelib.web.routes import Routes
from chalicelib.web.shapes.records import Erased, Erasing

routes = Routes(__name__)


class ErasureBody(Struct, frozen=True, forbid_unknown_fields=True):
    """`confirm` is the account's name."""

    confirm: Name


def gone_on(call: Call, _: Any, *, account: str, body: ErasureBody) -> Any:
    """What comes of asking, whether again or not."""
    at = erase(call.deps, account, body.confirm, call.asker)
    return {"state": "erasing"} if at is None else {"erased_at": time(at)}


@routes.on(
    "POST",
    "/v1/accounts/{account}/erase",
    scopes={"admin"},
    person=BILLING,
    erased=True,
    afresh=gone_on,
    answers={200: Erased, 202: Says(Erasing, headers=("Retry-After",))},
    refuses=STRIPE,
)
def erased(call: Call, account: str, body: ErasureBody) -> Answer:
    """Erases it: 200 once it is done, 202 where there is so much that the same must be asked again."""
    found = gone_on(call, None, account=account, body=body)
    return Answer(found) if "erased_at" in found else Answer(found, 202, {"Retry-After": "1"})
