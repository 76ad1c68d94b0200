"""Usage by queue, for backends in the same AWS account: the body of POST /v1/usage, one account a message.

Nobody waits for an answer: what can never be recorded goes to the dead letters at once, a bad message whole, of a good
one its rejected events just as they were sent. Only what may yet be recorded raises, and comes again.
"""

import json
import logging
import re
from collections.abc import Iterable, Sequence

from msgspec import Struct

from chalicelib.deps import Deps
from chalicelib.errors import BillingError, Invalid, Problem, Unavailable, Unreadable
from chalicelib.web.fields import build, kinds_of, problems_of
from chalicelib.web.json_object import read_object
from chalicelib.web.queues import Message
from chalicelib.web.usage import BATCH_BYTES, record_sent
from chalicelib.web.usage_events import BatchBody, EventFields, Sent, read_events

log = logging.getLogger(__name__)

# Numbers stay text: only where a value ends is asked, and the longest take their time to be read.
_ANY = json.JSONDecoder(parse_int=str, parse_float=str)
# What an error quotes is of the body, but for the comma and the colon that a reader missed.
_QUOTED = re.compile(r"""(['"]).{2,}\1""")


def record_message(deps: Deps, message: Message) -> None:
    """Records a message's events and gives up those that never can be; raises Unavailable to have it again."""
    try:
        sent = _read(deps, message.body)
    except (Unreadable, Invalid) as error:
        _give_up(deps, message, message.body, _reason(error))
        return
    results = record_sent(deps, sent)
    if any(each.code == "try_again" for each in results):
        raise Unavailable("the database did not take every event")
    rejected = {position: each.code or "" for position, each in enumerate(results) if each.result == "rejected"}
    if rejected:
        codes = ", ".join(sorted(set(rejected.values())))
        first = next(iter(rejected))
        said = _told(sent[first].problems, EventFields) or results[first].detail
        reason = f"{codes}: {len(rejected)} of {len(results)} events: {said}"
        _give_up(deps, message, _only(rejected, message.body), reason)


def _read(deps: Deps, body: str) -> list[Sent]:
    value = read_object(body.encode(), BATCH_BYTES)
    if problems := problems_of(value, BatchBody):
        raise Invalid(problems)
    sent = read_events(build(value, BatchBody).events, deps.catalogue, deps.clock.now(), dated=True)
    if len({each.account for each in sent if each.event is not None}) > 1:
        raise Invalid([Problem("events", "must all be of one account")])
    return sent


def _give_up(deps: Deps, message: Message, body: str, reason: str) -> None:
    deps.queue.give_up_usage(body, group=message.group, message=message.id, reason=reason)
    log.warning("usage.given_up", extra={"message_id": message.id, "reason": reason})


def _reason(error: BillingError) -> str:
    said = _told(error.problems, BatchBody) if isinstance(error, Invalid) else _QUOTED.sub("...", error.detail)
    return f"{error.code}: {said}"


def _told(problems: Sequence[Problem], declared: type[Struct]) -> str:
    """The problems without a word of the body: whatever stands there may be a person's, be it a field's name."""
    known = {*kinds_of(declared), ""}
    said = [f"{each.field if each.field in known else 'another field'} {each.problem}".strip() for each in problems]
    return "; ".join(dict.fromkeys(said))


def _only(positions: Iterable[int], body: str) -> str:
    """A sound body with the events at these positions only."""
    texts = _events(body)
    return f'{{"events": [{", ".join(texts[each] for each in positions)}]}}'


def _events(body: str) -> list[str]:
    """The events of a sound body as they stand in it: read and written anew, a long number would not be the same."""
    texts: list[str] = []
    at = body.index("[") + 1
    while body[at] != "]":
        if body[at] in " \t\r\n,":
            at += 1
            continue
        _, end = _ANY.raw_decode(body, at)
        texts.append(body[at:end])
        at = end
    return texts
