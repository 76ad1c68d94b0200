"""The form of every answer and of every log line."""

import json
import logging
import re
import subprocess
import sys
from collections.abc import Callable

import pytest
from chalice.app import Chalice

from app import app
from chalicelib import errors, wiring
from chalicelib.deps import Deps
from chalicelib.errors import BillingError
from chalicelib.web import health
from chalicelib.web.auth import ANYBODY, PUBLIC
from chalicelib.web.call import Answer, Call
from chalicelib.web.logs import JsonLines, digest
from chalicelib.web.problems import codes, status_of
from chalicelib.web.routes import Routes, mount
from tests.web.driver import ACCOUNT, Driver


def every_error(kind: type[BillingError] = BillingError) -> list[type[BillingError]]:
    return [kind, *(each for below in kind.__subclasses__() for each in every_error(below))]


OURS = {errors.BillingError, errors.Misconfigured, errors.ConditionFailed, errors.Unreadable}


@pytest.mark.parametrize("kind", every_error())
def test_every_error_has_a_status_or_is_ours(kind: type[BillingError]) -> None:
    error = kind.__new__(kind)

    assert (status_of(error) is None) == (kind in OURS)


def test_every_code_is_told_once_with_its_status() -> None:
    told = codes()

    assert told["unknown_account"] == 404
    assert told["throttled"] == 503
    assert told["unavailable"] == 503
    assert told["gauge_not_consumable"] == told["bad_parameter"] == told["invalid"] == 422
    assert not {"not_found", "refused", "unreadable", "try_again", "misconfigured"} & set(told)


def test_every_answer_carries_the_requests_id_and_is_not_kept(web: Driver) -> None:
    web.an_account("answers")
    asked = [("GET", "/v1/accounts/answers"), ("GET", "/v1/accounts/none"), ("PATCH", "/v1/accounts/answers")]

    for method, target in asked:
        reply = web.ask(method, target)

        assert reply.headers["Request-Id"] == "request-1"
        assert reply.headers["Cache-Control"] == "no-store"
        assert reply.headers["X-Content-Type-Options"] == "nosniff"


USED = {"id": "e1", "meter": "sessions", "quantity": 1}
METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]


@pytest.mark.parametrize("path", sorted(app.routes))
def test_a_method_that_a_path_does_not_take_is_named(web: Driver, path: str) -> None:
    for method in set(METHODS) - set(app.routes[path]):
        reply = web.ask(method, path.replace("{", "").replace("}", ""))

        assert (reply.status, reply.code) == (405, "method_not_allowed")
        assert set(reply.headers["Allow"].split(", ")) == set(app.routes[path])


@pytest.mark.parametrize("path", ["/", "/v1", "/v1/accounts", "/v1/account/a", "/v1/accounts/a/nothing", "/v1/plans/x"])
def test_an_unknown_path_is_not_there(web: Driver, path: str) -> None:
    reply = web.ask("GET", path)

    assert (reply.status, reply.code) == (404, "unknown_path")


def serving(routes: Routes, provide: Callable[[], Deps]) -> Chalice:
    toy = Chalice("toy", configure_logs=False)
    mount(toy, provide, routes)
    return toy


def breaking(web: Driver, error: Exception) -> Chalice:
    """A service whose one view breaks with this error."""
    routes = Routes("toy")

    @routes.on("GET", "/v1/accounts/{account}", scopes={"read"}, person=ANYBODY)
    def get(call: Call, account: str) -> Answer:  # noqa: ARG001 - what a view is given
        raise error

    return serving(routes, lambda: web.deps)


def test_what_breaks_is_told_without_saying_what(web: Driver, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    broken = breaking(web, RuntimeError("secret-token of ada@example.com"))

    reply = web.of(broken).ask("GET", "/v1/accounts/answers")

    assert (reply.status, reply.code) == (500, "internal")
    assert "Traceback" not in reply.text
    told = lines(caplog)
    assert "secret-token" not in reply.text + told
    assert "ada@example.com" not in reply.text + told
    assert "RuntimeError" in told


RETRIED = [(errors.Throttled(), 503, "1"), (errors.Unavailable(), 503, "1"), (errors.StripeUnavailable(), 503, "5")]


@pytest.mark.parametrize(("error", "status", "after"), RETRIED)
def test_what_may_pass_says_when_to_come_again(web: Driver, error: BillingError, status: int, after: str) -> None:
    reply = web.of(breaking(web, error)).ask("GET", "/v1/accounts/answers")

    assert (reply.status, reply.headers["Retry-After"]) == (status, after)
    assert "Retry-After" in reply.json["hint"]


WORDS = "No such customer: 'cus_secret'"
OF_STRIPE = [
    (errors.StripeRefused(WORDS, "resource_missing"), 502, "stripe_refused"),
    (errors.StripeGone(WORDS), 409, "stripe_gone"),
]


@pytest.mark.parametrize(("error", "status", "code"), OF_STRIPE)
def test_stripes_own_words_are_not_passed_on(web: Driver, error: BillingError, status: int, code: str) -> None:
    reply = web.of(breaking(web, error)).ask("GET", "/v1/accounts/answers")

    assert (reply.status, reply.code) == (status, code)
    assert reply.json["hint"]
    assert "cus_secret" not in reply.text


@pytest.mark.parametrize("kind", every_error())
def test_only_this_edge_speaks_http(kind: type[BillingError]) -> None:
    assert not re.search(r"\b(GET|PUT|POST)\b|/v1/|Retry-After|Content-Type|Authorization", kind.hint)


def test_a_hint_in_https_words_is_told(web: Driver) -> None:
    reply = web.ask("GET", "/v1/accounts/none")

    assert "PUT /v1/accounts/{account}" in reply.json["hint"]


NOT_FOUND = [
    ("an account that is not there", "GET", "/v1/accounts/no-such-secret", None),
    ("an account that was not looked for", "POST", "/v1/accounts/no-such-secret/consume", b"{"),
]


@pytest.mark.parametrize(("reason", "method", "target", "body"), NOT_FOUND, ids=[row[0] for row in NOT_FOUND])
def test_an_account_that_was_not_found_is_logged_by_its_digest(
    web: Driver, caplog: pytest.LogCaptureFixture, reason: str, method: str, target: str, body: bytes | None
) -> None:
    caplog.set_level(logging.INFO)

    assert web.ask(method, target, body).status in (404, 400)

    assert "no-such-secret" not in lines(caplog), reason
    assert digest("no-such-secret", web.deps.settings.key_pepper) in lines(caplog)


def test_an_account_that_is_there_is_logged_also_where_its_change_is_refused(
    web: Driver, caplog: pytest.LogCaptureFixture
) -> None:
    account = web.an_account("refused-and-logged")
    caplog.set_level(logging.INFO)

    reply = web.ask("DELETE", f"/v1/accounts/{account}/members/ada")

    assert reply.code == "last_owner"
    assert f'"account": "{account}"' in lines(caplog)


def test_an_account_that_may_be_an_address_is_logged_by_its_digest(
    web: Driver, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    account = web.an_account("ada@example.com")

    assert web.ask("GET", f"/v1/accounts/{account}").status == 200
    assert web.ask("DELETE", f"/v1/accounts/{account}/members/nobody").status == 204
    [one] = {each.account for each in caplog.records if each.getMessage() == "request"}  # type: ignore[attr-defined]
    assert one == digest(account, web.deps.settings.key_pepper)
    assert web.ask("POST", "/v1/usage", {"events": [USED | {"account": account}]}).json["recorded"] == 1

    told = lines(caplog)
    assert "usage.recorded" in told
    assert "ada@" not in told
    assert digest(account, web.deps.settings.key_pepper) in told


def test_each_request_is_one_line_without_what_was_sent(web: Driver, caplog: pytest.LogCaptureFixture) -> None:
    account = web.an_account("lines")
    caplog.clear()
    caplog.set_level(logging.INFO)

    web.ask("PUT", f"/v1/accounts/{account}", ACCOUNT | {"name": "Secret Ltd"} | {"owner": None})

    [line] = [json.loads(JsonLines().format(each)) for each in caplog.records if each.name == "chalicelib.web.answers"]
    assert isinstance(line.pop("milliseconds"), int)
    # Of a transaction moto tells no capacity.
    assert (line.pop("read_units") > 0, line.pop("write_units") >= 0) == (True, True)
    assert line == {
        "level": "INFO",
        "logger": "chalicelib.web.answers",
        "event": "request",
        "request_id": "request-1",
        "method": "PUT",
        "route": "/v1/accounts/{account}",
        "status": 200,
        "key": web.key[:11],
        "account": account,
    }
    assert "example.com" not in lines(caplog)
    assert "Secret" not in lines(caplog)
    assert web.key not in lines(caplog)


def test_a_person_is_logged_by_a_digest_and_a_refusal_with_its_key(
    web: Driver, caplog: pytest.LogCaptureFixture
) -> None:
    account, key = web.an_account("people-logged"), web.a_key("usage")
    caplog.set_level(logging.INFO)

    web.ask("GET", f"/v1/accounts/{account}/usage", Acting_Member="ada")
    web.ask("GET", f"/v1/accounts/{account}/usage", key=key, Acting_Member="ada")

    told = [vars(each) for each in caplog.records if each.getMessage() == "request"]
    assert [(each.get("member"), each["key"], each.get("code")) for each in told] == [
        (digest("ada", web.deps.settings.key_pepper), web.key[:11], None),
        (None, key[:11], "forbidden"),
    ]


def test_a_foreign_errors_message_stays_out_of_the_log() -> None:
    try:
        raise ValueError("ada@example.com")
    except ValueError as error:
        record = logging.LogRecord("x", logging.ERROR, "", 1, "broke", None, (ValueError, error, error.__traceback__))

    line = json.loads(JsonLines().format(record))

    assert line["error"] == "ValueError"
    assert "test_answers.py" in line["place"][0]
    assert "ada@example.com" not in str(line)


def test_nothing_starts_on_wrong_settings() -> None:
    with pytest.raises(errors.Misconfigured) as refused:
        wiring.start(environ={})

    assert any("STRIPE_WEBHOOK_SECRETS" in each for each in refused.value.problems)


def test_the_service_does_not_stand_on_wrong_settings(web: Driver, caplog: pytest.LogCaptureFixture) -> None:
    routes = Routes("toy")
    routes.on("GET", "/health", scopes=PUBLIC)(health.health)

    reply = web.of(serving(routes, lambda: wiring.start(environ={}))).ask("GET", "/health", key=None)

    assert (reply.status, reply.code) == (500, "internal")
    assert "KEY_PEPPER" in lines(caplog)


def test_what_most_requests_do_not_need_is_not_imported() -> None:
    script = (
        "import sys, app; print([name for name in ('stripe', 'boto3', 'requests', 'httpx') if name in sys.modules])"
    )

    said = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)

    assert said.stdout.strip() == "[]"


def lines(caplog: pytest.LogCaptureFixture) -> str:
    return "\n".join(JsonLines().format(each) for each in caplog.records)
