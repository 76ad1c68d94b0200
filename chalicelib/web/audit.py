"""The self-audit of one account, on demand."""

from chalicelib.actions.audit import audit
from chalicelib.web.arguments import NoFields
from chalicelib.web.call import Answer, Call
from chalicelib.web.routes import Routes

routes = Routes(__name__)


@routes.on("POST", "/v1/accounts/{account}/audit", scopes={"admin"}, billing=True)
def audited(call: Call, account: str, body: NoFields) -> Answer:  # noqa: ARG001 - what is sent must say nothing
    """What is not as it must be; changes nothing."""
    found = audit(call.deps, account)
    return Answer({"findings": [{"code": each.code, "detail": each.detail} for each in found]})
