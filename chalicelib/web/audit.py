"""The self-audit of one account, on demand."""

from typing import Any

from chalicelib.actions.audit import audit
from chalicelib.web.arguments import NoFields
from chalicelib.web.auth import BILLING
from chalicelib.web.call import Answer, Call
from chalicelib.web.contract import STRIPE
from chalicelib.web.routes import Routes
from chalicelib.web.shapes.records import Findings

routes = Routes(__name__)


def findings(call: Call, _: Any, *, account: str, **__: Any) -> Any:
    """What is found now: it may be long, and looking again changes nothing."""
    return {"findings": [{"code": each.code, "detail": each.detail} for each in audit(call.deps, account)]}


@routes.on(
    "POST",
    "/v1/accounts/{account}/audit",
    scopes={"admin"},
    person=BILLING,
    afresh=findings,
    erased=True,
    answers=Findings,
    refuses=STRIPE,
)
def audited(call: Call, account: str, body: NoFields) -> Answer:  # noqa: ARG001 - what is sent must say nothing
    """What is not as it must be; changes nothing."""
    return Answer(findings(call, {}, account=account), kept={})
