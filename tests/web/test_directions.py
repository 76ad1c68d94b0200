"""What `make run` prints to be tried is taken as it stands there."""

import json
import re

from infra.local.serving import directions
from tests.web.driver import Driver

CURL = re.compile(r"""curl (?:-X (\w+) )?(\S+)(?: -H "\$K")?(?: -H '[^']*' -d '([^']*)')?""")


def test_every_line_that_is_printed_to_be_tried_is_answered(web: Driver) -> None:
    printed = CURL.findall(directions({"api": "", "stripe": "stripe's", "api_key": "k"}))
    tried = [(method or ("POST" if body else "GET"), path, body) for method, path, body in printed if path[0] == "/"]

    replies = [web.ask(method, path, json.loads(body) if body else None) for method, path, body in tried]

    assert [(path, reply.status) for (_, path, _), reply in zip(tried, replies, strict=True)] == [
        ("/v1/plans", 200),
        ("/v1/accounts/mine", 201),
        ("/v1/accounts/mine", 200),
        ("/v1/usage", 200),
        ("/v1/accounts/mine/consume", 200),
        ("/v1/accounts/mine/subscription", 200),
    ]
    assert (replies[3].json["recorded"], replies[4].json["recorded"], replies[4].json["used"]) == (1, True, 4)
