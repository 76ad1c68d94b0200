"""What is timed: consume beside the same bare UpdateItem, and events through the queue's consumer.

Over a real socket, since that is how both are called: a stub in the client's place would leave out most of what either
does, and a DynamoDB of this machine would add milliseconds in which our own work is lost. The model is in a process of
its own, so its work does not wait for ours. Only ratios and medians tell anything: machines differ.
"""

import json
import os
from collections.abc import Iterator
from itertools import count
from statistics import median
from time import perf_counter
from typing import Any

from botocore.config import Config
from botocore.session import get_session

import app
from chalicelib import wiring
from chalicelib.actions.consume import consume
from chalicelib.adapters.dynamo.connect import connection_to
from chalicelib.adapters.dynamo.records import account_pk
from chalicelib.adapters.dynamo.state import state_item, state_key
from chalicelib.adapters.dynamo.wire import PynamoWire
from chalicelib.web.times import shown
from infra.local.aws import CREDENTIALS, REGION
from infra.local.lambdas import Context
from tests.bench import heaviest
from tests.bench.account import Account, definitions
from tests.bench.figure import Figure
from tests.bench.loopback import loopback
from tests.bench.meter import Call, Meter, tables_of

PAIRS, WARM = 500, 100
TWIN = "t" * len(heaviest.ACCOUNT)
BATCHES, MESSAGES = 40, 10
"""How often the queue hands over messages, and how many at once."""
NOT_CALLED = ("STRIPE_EVENTS_QUEUE", "DUE_QUEUE", "RECHARGE_QUEUE", "USAGE_DEAD_LETTERS", "EVENT_BUS", "STRIPE_API_KEY")
SETTINGS = {
    "CORE_TABLE": "core",
    "EPHEMERAL_TABLE": "ephemeral",
    **dict.fromkeys((*NOT_CALLED, "STRIPE_WEBHOOK_SECRETS", "KEY_PEPPER", "RETURN_HOSTS"), "none"),
}


class Passing(Meter):
    """Counts nothing, which would take requests of its own, and keeps the last requests."""

    def __init__(self, call: Call) -> None:
        super().__init__(call, tables_of(definitions()))
        self.passed: list[tuple[str, dict[str, Any]]] = []

    def call(self, operation: str, request: dict[str, Any]) -> dict[str, Any]:
        self.passed.append((operation, request))
        return self.behind(operation, request)


def timed_figures(pairs: int = PAIRS, batches: int = BATCHES, warm: int = WARM) -> Iterator[Figure]:
    """Every figure; fewer pairs and batches, and `warm` pairs before them, make it quicker and tell less."""
    os.environ.update(CREDENTIALS)
    with loopback() as url:
        yield _beside(url, pairs, warm)
    with loopback() as url:
        yield from _queued(url, batches)


def _beside(url: str, pairs: int, warm: int) -> Figure:
    """In turn, so that whatever else the machine does meets both: one consumes, its twin gets the bare request."""
    meter, bare = Passing(_service(url)), _bare(url)
    account = Account(heaviest.legal(), meter)
    twin = state_item(account.state, account.offers.catalogue) | state_key(TWIN)
    bare("PutItem", {"TableName": "core", "Item": twin})
    ours, bares = list[float](), list[float]()
    while len(ours) < warm + pairs:
        one = _consumed(account)
        requests, meter.passed = meter.passed, []
        other = sum(_seconds(bare, operation, _of_twin(request)) for operation, request in requests)
        # Closings come once in a while, and are other requests.
        if [operation for operation, _ in requests] == ["UpdateItem"]:
            ours.append(one)
            bares.append(other)
    p50, bare_p50 = median(ours[warm:]), median(bares[warm:])
    name, told = f"consume beside its bare UpdateItem, {pairs:,} pairs in turn, p50", f"{bare_p50 * 1e3:.2f} ms"
    return Figure(name, round(p50 / bare_p50, 3), "times", 1.3, f"the bare UpdateItem beside consume: {told}")


def _service(url: str) -> Call:
    """The wire as the service opens it."""
    return PynamoWire(connection_to(REGION, url))


def _bare(url: str) -> Call:
    """A client without anything that could be left out; it does not look at what it is given, either."""
    client = get_session().create_client(
        "dynamodb", region_name=REGION, endpoint_url=url, config=Config(parameter_validation=False)
    )
    return client._make_api_call  # the one door that takes an operation's name


def _consumed(account: Account) -> float:
    """The seconds that it took."""
    [event] = account.events(1)
    while event.value is not None:
        [event] = account.events(1)
    began = perf_counter()
    decision = consume(account.deps, heaviest.ACCOUNT, event, dry_run=False)
    took = perf_counter() - began
    assert decision.recorded, decision
    return took


def _seconds(call: Call, operation: str, request: dict[str, Any]) -> float:
    began = perf_counter()
    call(operation, request)
    return perf_counter() - began


def _of_twin(part: Any) -> Any:
    """A request with the twin for the account, and without the token that would make it the same request."""
    if isinstance(part, dict):
        return {name: _of_twin(each) for name, each in part.items() if name != "ClientRequestToken"}
    if isinstance(part, list):
        return [_of_twin(each) for each in part]
    return account_pk(TWIN) if part == account_pk(heaviest.ACCOUNT) else part


def _queued(url: str, batches: int) -> Iterator[Figure]:
    """All of one account, the consumer's worst case: nothing goes side by side."""
    account, numbers = Account(heaviest.shipped(), Passing(_service(url))), count()
    wiring.start(account, SETTINGS | {"AWS_ENDPOINT_URL": url, "AWS_REGION": REGION})
    for each in (1, 100):
        size = each * MESSAGES
        events = [_event(account, next(numbers)) for _ in range(size * (batches + 1))]
        first, *others = [_batch(events[start : start + size], each) for start in range(0, len(events), size)]
        _work_off(first)
        began = perf_counter()
        for batch in others:
            _work_off(batch)
        rate = round(size * batches / (perf_counter() - began))
        yield Figure(f"through the queue's consumer, one process, {each} in a message", rate, "events/s")


def _event(account: Account, number: int) -> dict[str, Any]:
    at = shown(account.clock)
    return {"id": f"q{number}", "account": heaviest.ACCOUNT, "meter": "sessions", "quantity": 1, "at": at}


def _batch(events: list[dict[str, Any]], each: int) -> dict[str, Any]:
    """What Lambda hands over: so many messages, so many events in each."""
    bodies = [json.dumps({"events": events[start : start + each]}) for start in range(0, len(events), each)]
    attributes = {"MessageGroupId": heaviest.ACCOUNT}
    return {
        "Records": [
            {"messageId": f"m{number}", "receiptHandle": "", "body": body, "attributes": attributes}
            for number, body in enumerate(bodies)
        ]
    }


def _work_off(batch: dict[str, Any]) -> None:
    assert app.on_usage(batch, Context("on_usage")) == {"batchItemFailures": []}
