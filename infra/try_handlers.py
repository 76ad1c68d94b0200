"""Invokes every handler of an unpacked package: `python -I -S try_handlers.py <folder> app.app app.on_usage ...`.

There is no AWS and no Stripe here, so a handler may fail for want of them, and for nothing else. Standard library only.
"""

import importlib
import os
import sys
from typing import Any

PUBLIC = ("/health", "/v1/plans", "/openapi.json")
NOWHERE = "http://127.0.0.1:1"
ENVIRONMENT = {
    "AWS_ACCESS_KEY_ID": "none",
    "AWS_SECRET_ACCESS_KEY": "none",
    "AWS_REGION": "eu-central-1",
    "AWS_DEFAULT_REGION": "eu-central-1",
    "AWS_ENDPOINT_URL": NOWHERE,
    "AWS_MAX_ATTEMPTS": "1",
    "STRIPE_API_BASE": NOWHERE,
    "CORE_TABLE": "core",
    "EPHEMERAL_TABLE": "ephemeral",
    "STRIPE_EVENTS_QUEUE": f"{NOWHERE}/0/stripe-events.fifo",
    "DUE_QUEUE": f"{NOWHERE}/0/due.fifo",
    "RECHARGE_QUEUE": f"{NOWHERE}/0/recharge.fifo",
    "USAGE_DEAD_LETTERS": f"{NOWHERE}/0/usage-dead.fifo",
    "EVENT_BUS": "journal",
    "STRIPE_API_KEY": "sk_test_none",
    "STRIPE_WEBHOOK_SECRETS": "whsec_none",
    "KEY_PEPPER": "none",
    "RETURN_HOSTS": "app.example.com",
    "RATE_LIMIT": "50",
}
# What a handler raises when nobody answers: botocore's, or ours for it.
NOBODY_ANSWERED = {"EndpointConnectionError", "Unavailable", "StripeUnavailable"}
SCHEDULE = {
    "version": "0", "id": "1", "account": "0", "region": "eu-central-1", "detail": {}, "detail-type": "Scheduled Event",
    "source": "aws.events", "time": "2026-01-01T00:00:00Z", "resources": [],
}  # fmt: skip


class Context:
    """As much of Lambda's context as handlers read."""

    aws_request_id = "00000000-0000-0000-0000-000000000000"
    function_name = "try"
    memory_limit_in_mb = "1024"

    def get_remaining_time_in_millis(self) -> int:
        return 30_000


def main() -> None:
    folder, handlers = sys.argv[1], sys.argv[2:]
    os.environ.clear()
    os.environ.update(ENVIRONMENT)
    sys.path.insert(0, folder)
    for handler in handlers:
        print(f"{handler}: {answer_of(handler)}")


def answer_of(handler: str) -> str:
    """What the handler said; raises if that is not what an empty event deserves."""
    module, name = handler.rsplit(".", 1)
    function = getattr(importlib.import_module(module), name)
    if name == "app":
        return rest_answer(function)
    if name.startswith("on_"):
        answer = function({"Records": []}, Context())
        # The stream's function fails as a whole or not at all.
        if answer != (None if name == "on_journal" else {"batchItemFailures": []}):
            raise AssertionError(f"{handler} answered {answer!r} to no records")
        return "starts, and takes an empty batch"
    return scheduled_answer(function)


def rest_answer(app: Any) -> str:
    for path in PUBLIC:
        answer = app(request(path), Context())
        if answer["statusCode"] != 200:
            raise AssertionError(f"GET {path} answered {answer}")
    return f"{', '.join(PUBLIC)} answer 200"


def scheduled_answer(function: Any) -> str:
    try:
        function(SCHEDULE, Context())
    except Exception as error:
        if type(error).__name__ not in NOBODY_ANSWERED:
            raise
        return f"starts, and misses only AWS and Stripe ({type(error).__name__})"
    return "starts, and finds nothing to do"


def request(path: str) -> dict[str, Any]:
    """A GET request as API Gateway hands it over."""
    return {
        "resource": path,
        "path": path,
        "httpMethod": "GET",
        "headers": {},
        "multiValueHeaders": {},
        "queryStringParameters": None,
        "multiValueQueryStringParameters": None,
        "pathParameters": None,
        "stageVariables": None,
        "requestContext": {"httpMethod": "GET", "resourcePath": path, "path": path, "requestId": "1", "identity": {}},
        "body": None,
        "isBase64Encoded": False,
    }


if __name__ == "__main__":
    main()
