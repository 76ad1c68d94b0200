"""What API Gateway itself answers, in the form of the service's own problems.

It answers alone where no function is asked: an unknown path, a body beyond its limit, throttling, a function that
dies. Methods that a path does not take are handed on, so that the service names the ones it does.
"""

import json
from collections.abc import Iterable
from typing import Any

from chalicelib.errors import TryAgain
from chalicelib.web.answers import PROBLEM, USUAL
from chalicelib.web.problems import EDGE, edge_document

# API Gateway's response types, each with our code for it.
CODES = {
    "ACCESS_DENIED": "forbidden",
    "API_CONFIGURATION_ERROR": "internal",
    "BAD_REQUEST_BODY": "bad_request",
    "BAD_REQUEST_PARAMETERS": "bad_request",
    "DEFAULT_4XX": "bad_request",
    "DEFAULT_5XX": "internal",
    "INTEGRATION_FAILURE": "unavailable",
    "INTEGRATION_TIMEOUT": "unavailable",
    # What API Gateway calls a path or method that it does not know.
    "MISSING_AUTHENTICATION_TOKEN": "unknown_path",
    "QUOTA_EXCEEDED": "too_many_requests",
    "REQUEST_TOO_LARGE": "too_large",
    "RESOURCE_NOT_FOUND": "unknown_path",
    "THROTTLED": "too_many_requests",
    "WAF_FILTERED": "forbidden",
}
FUNCTION = (
    "arn:${AWS::Partition}:apigateway:${AWS::Region}:lambda:path/2015-03-31/functions/${APIHandler.Arn}/invocations"
)


def definition(paths: Iterable[str]) -> dict[str, Any]:
    """What is merged into the API's OpenAPI document."""
    return {
        "paths": {path: {"x-amazon-apigateway-any-method": _handed_on()} for path in paths},
        "x-amazon-apigateway-gateway-responses": {kind: _response(code) for kind, code in CODES.items()},
    }


def _handed_on() -> dict[str, Any]:
    integration = {"type": "aws_proxy", "httpMethod": "POST", "uri": {"Fn::Sub": FUNCTION}}
    return {"responses": {}, "x-amazon-apigateway-integration": integration}


def _response(code: str) -> dict[str, Any]:
    # Constants stand in quotes.
    headers = {name: f"'{value}'" for name, value in (USUAL | PROBLEM).items()}
    headers["Request-Id"] = "context.requestId"
    if code in ("too_many_requests", "unavailable"):
        headers["Retry-After"] = f"'{TryAgain.after}'"
    return {
        "statusCode": str(EDGE[code][0]),
        "responseParameters": {f"gatewayresponse.header.{name}": value for name, value in headers.items()},
        "responseTemplates": {"application/json": json.dumps(edge_document(code))},
    }
