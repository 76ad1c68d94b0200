"""What reaches the log in production: lines as JSON, and nobody's address."""

import json
import logging
from collections.abc import Iterator
from urllib.parse import quote

import pytest

from chalicelib.actions.ensure_customer import ensure_customer
from chalicelib.web.logs import JsonLines, digest, log_to_stdout
from infra import alarms
from tests.actions.world import a_world_on_aws, insisting

EMAIL = "billing@example.com"


@pytest.fixture
def in_production(capsys: pytest.CaptureFixture[str]) -> Iterator[pytest.CaptureFixture[str]]:
    """Logging as Lambda has it, its output captured; as it was before, afterwards."""
    loggers = [logging.getLogger(name) for name in ("", "stripe", "botocore", "urllib3")]
    before = [(each, each.handlers[:], each.level, each.propagate) for each in loggers]
    log_to_stdout("nightly-1")
    yield capsys
    for each, handlers, level, propagate in before:
        each.handlers[:], each.propagate = handlers, propagate
        each.setLevel(level)


@pytest.mark.usefixtures("impatient")
def test_what_stripes_sdk_tells_of_its_calls_is_in_no_log(in_production: pytest.CaptureFixture[str]) -> None:
    with a_world_on_aws() as world:
        world.account()
        # So many that one of them is kept under the key, and the customer is looked for by its address.
        world.act("webhooks", fail_api=6)

        insisting(lambda: ensure_customer(world.deps, "acme"))

        looked = world.requests("GET", "/v1/customers")
    logging.getLogger("chalicelib").info("after.all")
    logging.getLogger("stripe").error("error_message='No such customer: %s'", EMAIL)

    said = "".join(in_production.readouterr())
    assert looked
    assert "after.all" in said
    assert EMAIL not in said
    assert quote(EMAIL) not in said


def test_a_fact_that_may_be_an_address_is_told_by_its_digest() -> None:
    record = logging.makeLogRecord({"msg": "usage.recorded", "account_id": EMAIL, "events": 1, "code": "x"})

    line = json.loads(JsonLines().format(record))

    assert line["account_id"] == digest(EMAIL) != digest("other@example.com")
    assert (line["events"], line["code"]) == (1, "x")


def test_a_nights_findings_are_a_metric_with_its_alarm_and_what_could_not_be_audited_counts() -> None:
    record = logging.makeLogRecord({"msg": "audit.done", "accounts": 9, "findings": 2, "failed": 1, "created": 7.5})

    line = json.loads(JsonLines("billing-Nightly-1").format(record))

    [metric] = line["_aws"]["CloudWatchMetrics"]
    alarm = alarms.cloudformation()["AuditFindings"]["Properties"]
    assert line["_aws"]["Timestamp"] == 7_500
    assert (metric["Namespace"], metric["Metrics"][0]["Name"]) == (alarm["Namespace"], alarm["MetricName"])
    assert metric["Dimensions"] == [[each["Name"] for each in alarm["Dimensions"]]]
    assert (line["FunctionName"], line["AuditFindings"], line["accounts"]) == ("billing-Nightly-1", 3, 9)
    assert "_aws" not in json.loads(JsonLines().format(record))
