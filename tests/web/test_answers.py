"""The form of every answer and of every log line."""

import json
import logging
import subprocess
import sys
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from app import app
from chalicelib import errors, wiring
from chalicelib.errors import BillingError
from chalicelib.web import accounts, health
from chalicelib.web.logs import JsonLines
from chalicelib.web.problems import codes, status_of
from tests.web.driver import ACCOUNT, Driver


def every_error(kind: type[BillingError] = BillingError) -> list[type[BillingError]]:
    return [kind, *(each for below in kind.__subclasses__() for each in every_error(below))]


OURS = {errors.BillingError, errors.Misconfigured, errors.StripeGone, errors.ConditionFailed, errors.Unreadable}


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


METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]


@pytest.mark.parametrize("path", sorted(app.routes))
def test_a_method_that_a_path_does_not_take_is_named(web: Driver, path: str) -> None:
    for method in set(METHODS) - set(app.routes[path]):
        reply = web.ask(method, path.replace("{", "").replace("}", ""))

        assert (reply.status, reply.code) == (405, "method_not_allowed")
        assert set(reply.headers["Allow"].split(", ")) == set(app.routes[path])


@pytest.mark.parametrize("path", ["/", "/v1", "/v1/accounts", "/v1/account/a", "/v1/accounts/a/portal", "/v1/plans/x"])
def test_an_unknown_path_is_not_there(web: Driver, path: str) -> None:
    reply = web.ask("GET", path)

    assert (reply.status, reply.code) == (404, "unknown_path")


@pytest.fixture
def broken(web: Driver, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A service whose store breaks with the error that is put into it."""
    holder = SimpleNamespace(error=RuntimeError("secret-token of ada@example.com"))

    def breaks(*_: Any, **__: Any) -> Any:
        raise holder.error

    deps = replace(web.deps, store=SimpleNamespace(key=web.deps.store.key, account=breaks, state=breaks))
    monkeypatch.setattr(accounts.routes, "provide", lambda: deps)
    return holder


def test_what_breaks_is_told_without_saying_what(web: Driver, broken: Any, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)

    reply = web.ask("GET", "/v1/accounts/answers")

    assert broken
    assert (reply.status, reply.code) == (500, "internal")
    assert "Traceback" not in reply.text
    told = lines(caplog)
    assert "secret-token" not in reply.text + told
    assert "ada@example.com" not in reply.text + told
    assert "RuntimeError" in told


RETRIED = [(errors.Throttled(), 503, "1"), (errors.Unavailable(), 503, "1"), (errors.StripeUnavailable(), 503, "5")]


@pytest.mark.parametrize(("error", "status", "after"), RETRIED)
def test_what_may_pass_says_when_to_come_again(
    web: Driver, broken: Any, error: BillingError, status: int, after: str
) -> None:
    broken.error = error

    reply = web.ask("GET", "/v1/accounts/answers")

    assert (reply.status, reply.headers["Retry-After"]) == (status, after)


def test_stripes_own_words_are_not_passed_on(web: Driver, broken: Any) -> None:
    broken.error = errors.StripeRefused("No such customer: 'cus_secret'", "resource_missing")

    reply = web.ask("GET", "/v1/accounts/answers")

    assert (reply.status, reply.code) == (502, "stripe_refused")
    assert "cus_secret" not in reply.text


def test_each_request_is_one_line_without_what_was_sent(web: Driver, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)

    web.ask("PUT", "/v1/accounts/answers", ACCOUNT | {"name": "Secret Ltd"} | {"owner": None})

    [line] = [json.loads(JsonLines().format(each)) for each in caplog.records if each.name == "chalicelib.web.answers"]
    assert isinstance(line.pop("milliseconds"), int)
    assert line == {
        "level": "INFO",
        "logger": "chalicelib.web.answers",
        "event": "request",
        "request_id": "request-1",
        "method": "PUT",
        "route": "/v1/accounts/{account}",
        "status": 200,
        "key": web.key[:11],
        "account": "answers",
    }
    assert "example.com" not in lines(caplog)
    assert "Secret" not in lines(caplog)
    assert web.key not in lines(caplog)


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


def test_the_service_does_not_stand_on_wrong_settings(
    web: Driver, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(health.routes, "provide", lambda: wiring.start(environ={}))

    reply = web.ask("GET", "/health", key=None)

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
