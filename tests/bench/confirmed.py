"""Our calculator held against a DynamoDB that says itself what each operation took (Amazon's DynamoDB Local does).

Single-item operations only: it counts transactions in a way of its own, and an empty query as nothing.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any
from uuid import uuid4

from botocore.config import Config
from botocore.session import get_session

from chalicelib.actions.check import check
from chalicelib.actions.close_hold import capture_hold, release_hold
from chalicelib.actions.correct_usage import correct_usage
from chalicelib.actions.expire_holds import expire_holds
from chalicelib.actions.handle_stripe_event import handle_stripe_event
from chalicelib.actions.place_hold import place_hold
from chalicelib.actions.read_days import read_days
from chalicelib.actions.read_history import read_history
from chalicelib.actions.read_notices import read_notices
from chalicelib.adapters.dynamo.state import state_item
from chalicelib.domain.corrections import Correction
from chalicelib.domain.holds import MOST, Capture
from chalicelib.domain.periods import day_of
from tests.bench import heaviest
from tests.bench.account import Account, definitions
from tests.bench.figure import Figure
from tests.bench.figures import PAID
from tests.bench.meter import Call, Meter, tables_of

COUNTED = frozenset({"GetItem", "PutItem", "UpdateItem", "DeleteItem"})
EVENTS = 60


class ComparingMeter(Meter):
    """Compares, for each call whose answer can be trusted, what it books with what the answer says."""

    compared = 0
    differences: tuple[str, ...] = ()

    def call(self, operation: str, request: dict[str, Any]) -> dict[str, Any]:
        """The answer of the DynamoDB behind."""
        before = self.write_units + self.read_units
        answer = super().call(operation, {**request, "ReturnConsumedCapacity": "TOTAL"})
        if operation in COUNTED:
            ours, theirs = self.write_units + self.read_units - before, answer["ConsumedCapacity"]["CapacityUnits"]
            self.compared += 1
            if ours != theirs:
                self.differences += (f"{operation}: {ours}, there {theirs}",)
        return answer


def confirmed(url: str) -> Iterator[Figure]:
    """How many operations of usage, questions, a grant, holds and a correction cost something else there: none."""
    with _tables(url) as (call, prefix):
        meter = ComparingMeter(call, tables_of(definitions(prefix)))
        account = Account(heaviest.shipped(), meter, prefix)
        for _ in range(EVENTS):
            account.record(account.events(1))
        [event] = account.events(1)
        check(account.deps, heaviest.ACCOUNT, event)
        account.deps.store.note_event(PAID, account.now())
        handle_stripe_event(account.deps, PAID)
        _set_aside(account)
        [late] = account.events(1)
        correction = Correction("wrong", "sessions", 1, late.at, "sent twice")
        correct_usage(account.deps, heaviest.ACCOUNT, correction, heaviest.ACTOR)
        _read(account)
        account.project(lag=1)
        _read(account)
    for difference in meter.differences:
        print(difference)
    name = f"of {meter.compared} single-item operations, those that cost another sum at {url}"
    yield Figure(name, len(meter.differences), "operations", 0)


def _set_aside(account: Account) -> None:
    """Holds in each of the ways that they can end; the account has the most it may have, but for these."""
    deps, actor, names = account.deps, heaviest.ACTOR, ("captured", "released", "expired")
    roomy = replace(account.state, holds=MOST - len(names))
    account.put(state_item(roomy, account.offers.catalogue))
    for name in names:
        place_hold(deps, heaviest.ACCOUNT, name, 10, 60, actor)
    capture_hold(deps, heaviest.ACCOUNT, "captured", Capture(5, "sessions", 1), actor)
    release_hold(deps, heaviest.ACCOUNT, "released", actor)
    account.clock += 61
    assert expire_holds(deps, heaviest.ACCOUNT) == 1


def _read(account: Account) -> None:
    """What people look at: each of its reads is of a single item or counted as one page."""
    today = day_of(account.clock)
    read_days(account.deps, heaviest.ACCOUNT, today - 30, today)
    read_history(account.deps, heaviest.ACCOUNT, None, 25)
    read_notices(account.deps, heaviest.ACCOUNT, None, 25)


@contextmanager
def _tables(url: str) -> Iterator[tuple[Call, str]]:
    """Fresh tables under a prefix of their own, since others may use the same database."""
    config = Config(parameter_validation=False, retries={"total_max_attempts": 1})
    session = get_session()
    session.set_credentials("nobody", "nothing")
    client = session.create_client("dynamodb", endpoint_url=url, region_name="eu-central-1", config=config)
    send, prefix = client._make_api_call, f"bench-{uuid4().hex[:8]}-"  # the one door that takes an operation's name
    for definition in definitions(prefix):
        send("CreateTable", definition)
    try:
        yield send, prefix
    finally:
        for definition in definitions(prefix):
            send("DeleteTable", {"TableName": definition["TableName"]})
