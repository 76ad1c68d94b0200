"""Log lines as JSON on standard output, one object a line, as CloudWatch reads them.

What a line says is its event's name and the facts given as `extra`; some are metrics, too. An error is told by its
class and place only: its message may hold what a customer sent. A fact with an `@` in it may be somebody's address and
is told by its digest.
"""

import json
import logging
import sys
from collections.abc import Mapping
from hashlib import sha256
from hmac import new as hmac
from secrets import token_hex
from traceback import extract_tb
from typing import Any

_PLAIN = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName", "aws_request_id"}


_METRICS = {"audit.done": ("AuditFindings", ("findings", "failed"))}
"""By event: the metric that CloudWatch makes of it, and the facts that are added up for it."""
NAMESPACE = "Billing"
_SALT = token_hex()
"""This process's own: a formatter works before there are settings, and what it hides nobody compares elsewhere."""


class JsonLines(logging.Formatter):
    """`function` is the one of Lambda whose metrics these are; without it there are none."""

    def __init__(self, function: str = "") -> None:
        super().__init__()
        self._function = function

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {"level": record.levelname, "logger": record.name, "event": record.getMessage()}
        line |= {name: _told(value) for name, value in vars(record).items() if name not in _PLAIN}
        if record.exc_info and record.exc_info[1]:
            line |= traced(record.exc_info[1])
        if self._function and line["event"] in _METRICS:
            line |= _metric(line, self._function, round(record.created * 1000))
        return json.dumps(line, default=str)


def digest(text: str, key: str = _SALT) -> str:
    """What a text is told by that may not be told itself; under the same key the same text has the same digest.

    Who has only the log cannot try ids and addresses until one fits.
    """
    return f"hmac:{hmac(key.encode(), text.encode(), sha256).hexdigest()[:12]}"


def _metric(line: Mapping[str, Any], function: str, at: int) -> dict[str, Any]:
    """Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html"""
    name, facts = _METRICS[line["event"]]
    metric = {"Namespace": NAMESPACE, "Dimensions": [["FunctionName"]], "Metrics": [{"Name": name, "Unit": "Count"}]}
    value = sum(line[fact] for fact in facts)
    return {"_aws": {"Timestamp": at, "CloudWatchMetrics": [metric]}, "FunctionName": function, name: value}


def _told(value: Any) -> Any:
    return digest(value) if isinstance(value, str) and "@" in value else value


def log_to_stdout(function: str) -> None:
    """Replaces what Lambda's runtime has put on the root logger; `function` is the one that it runs."""
    hush_clients()
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(JsonLines(function))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.INFO)


def hush_clients() -> None:
    """Keeps what clients log of their calls out of every log: Stripe's SDK names customers, addresses and answers."""
    stripe = logging.getLogger("stripe")
    stripe.setLevel(logging.WARNING)
    stripe.propagate = False
    # Without a handler of its own, Python would write its warnings to standard error.
    stripe.handlers[:] = [logging.NullHandler()]
    # These tell bodies and addresses too, but only below WARNING.
    for name in ("botocore", "urllib3"):
        logging.getLogger(name).setLevel(logging.WARNING)


def traced(error: BaseException) -> dict[str, object]:
    """An error for the log: its class and where it rose. Its message stays out: it may hold what a customer sent."""
    frames = extract_tb(error.__traceback__)[-6:]
    place = [f"{each.filename.rpartition('/')[2]}:{each.lineno} {each.name}" for each in frames]
    return {"error": type(error).__name__, "place": place}
