"""Log lines as JSON on standard output, one object a line, as CloudWatch reads them.

What a line says is its event's name and the facts given as `extra`. An error is told by its class and place only: its
message may hold what a customer sent.
"""

import json
import logging
import sys
from typing import Any

from chalicelib.errors import traced

_PLAIN = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName", "aws_request_id"}


class JsonLines(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {"level": record.levelname, "logger": record.name, "event": record.getMessage()}
        line |= {name: value for name, value in vars(record).items() if name not in _PLAIN}
        if record.exc_info and record.exc_info[1]:
            line |= traced(record.exc_info[1])
        return json.dumps(line, default=str)


def log_to_stdout() -> None:
    """Replaces what Lambda's runtime has put on the root logger."""
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(JsonLines())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.INFO)
