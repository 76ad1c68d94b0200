import json

import pytest

from app import app
from chalicelib.web.problems import codes
from infra.api_gateway import CODES, definition


@pytest.mark.parametrize("kind", CODES)
def test_api_gateways_own_answers_are_problems_like_ours(kind: str) -> None:
    response = definition([])["x-amazon-apigateway-gateway-responses"][kind]

    problem = json.loads(response["responseTemplates"]["application/json"])
    assert problem["code"] == CODES[kind]
    assert str(problem["status"]) == response["statusCode"] == str(codes()[problem["code"]])
    headers = {name.rpartition(".")[2]: value for name, value in response["responseParameters"].items()}
    after = {"Retry-After": "'1'"} if response["statusCode"] in ("429", "503") else {}
    assert headers == after | {
        "Content-Type": "'application/problem+json'",
        "Cache-Control": "'no-store'",
        "X-Content-Type-Options": "'nosniff'",
        "Request-Id": "context.requestId",
    }


def test_every_path_hands_on_the_methods_that_it_does_not_take() -> None:
    assert set(definition(app.routes)["paths"]) == set(app.routes)
