"""How Stripe says no: the error object, its types and codes, and the status each comes with.

Source of types and codes: https://docs.stripe.com/api/errors
"""

from typing import Any


class Refusal(Exception):
    """A request that Stripe answers with an error object."""

    def __init__(self, status: int, kind: str, message: str, **fields: Any) -> None:
        super().__init__(message)
        self.status = status
        self.fields = {"type": kind, "message": message, **fields}

    def body(self) -> dict[str, Any]:
        error = {name: value for name, value in self.fields.items() if value is not None}
        if code := error.get("code"):
            error["doc_url"] = f"https://stripe.com/docs/error-codes/{str(code).replace('_', '-')}"
        return {"error": error}


def invalid(message: str, code: str | None = None, param: str | None = None, status: int = 400) -> Refusal:
    return Refusal(status, "invalid_request_error", message, code=code, param=param)


def no_such(kind: str, object_id: str, param: str | None, status: int) -> Refusal:
    shown = "PaymentMethod" if kind == "payment_method" else kind
    return invalid(f"No such {shown}: '{object_id}'", "resource_missing", param or "id", status)


def unauthorized(message: str) -> Refusal:
    return Refusal(401, "invalid_request_error", message)


def failed() -> Refusal:
    return Refusal(500, "api_error", "An unknown error occurred")


def not_built(what: str) -> Refusal:
    """Stripe can do this, the emulator cannot: never a made-up success."""
    return Refusal(501, "api_error", f"The local Stripe emulator has not built this: {what}", code="not_built")
