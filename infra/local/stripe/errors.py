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
        # What Stripe adds to its answer beside the error; its SDKs do as the first one says.
        self.headers = {"Stripe-Should-Retry": "true"} if status == 409 else {}

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


def rate_limited() -> Refusal:
    refusal = Refusal(
        429,
        "invalid_request_error",
        "Request rate limit exceeded. Learn more about rate limits here https://stripe.com/docs/rate-limits.",
        code="rate_limit",
    )
    refusal.headers["Stripe-Rate-Limited-Reason"] = "global-rate"
    return refusal


def locked(should_retry: bool) -> Refusal:
    """Another request holds the object; the SDKs try again only where Stripe tells them to."""
    refusal = Refusal(
        429,
        "invalid_request_error",
        "This object cannot be accessed right now because another API request or Stripe process is currently accessing "
        "it. If you see this error intermittently, retry the request. If you see this error frequently and are making "
        "multiple concurrent requests to a single object, make your requests serially or at a lower rate.",
        code="lock_timeout",
    )
    if should_retry:
        refusal.headers["Stripe-Should-Retry"] = "true"
    return refusal


def failed() -> Refusal:
    return Refusal(500, "api_error", "An unknown error occurred")


def not_built(what: str) -> Refusal:
    """Stripe can do this, the emulator cannot: never a made-up success."""
    return Refusal(501, "api_error", f"The local Stripe emulator has not built this: {what}", code="not_built")
