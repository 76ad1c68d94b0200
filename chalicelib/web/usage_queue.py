"""Usage by queue, for backends in the same AWS account: the body of POST /v1/usage, one account a message.

A bad event is dropped with a log line, since nobody waits for an answer. A message that is no such body, or that the
database did not take, raises: it comes again, and in the end lies with the dead letters.
"""

import logging

from chalicelib.deps import Deps
from chalicelib.errors import Invalid, Problem, Unavailable
from chalicelib.web.fields import build, problems_of
from chalicelib.web.json_object import read_object
from chalicelib.web.usage import BATCH_BYTES, record_sent
from chalicelib.web.usage_events import BatchBody, read_events

log = logging.getLogger(__name__)


def record_message(deps: Deps, text: str) -> None:
    """Records a message's events; raises Unreadable, Invalid, or Unavailable to have it again."""
    value = read_object(text.encode(), BATCH_BYTES)
    if problems := problems_of(value, BatchBody):
        raise Invalid(problems)
    sent = read_events(build(value, BatchBody).events, deps.catalogue, deps.clock.now(), dated=True)
    if len({each.account for each in sent if each.event is not None}) > 1:
        raise Invalid([Problem("events", "must all be of one account")])
    results = record_sent(deps, sent)
    if any(each.code == "try_again" for each in results):
        raise Unavailable("the database did not take every event")
    for position, each in enumerate(results):
        if each.result == "rejected":
            # Not by its id: what is no event may hold any text there.
            log.warning("usage.rejected", extra={"position": position, "code": each.code})
