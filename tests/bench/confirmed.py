"""Our calculator held against a DynamoDB that says itself what each operation took (Amazon's DynamoDB Local does).

Single-item operations only: it counts transactions in a way of its own, and an empty query as nothing.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import uuid4

from botocore.config import Config
from botocore.session import get_session

from chalicelib.actions.check import check
from chalicelib.actions.handle_stripe_event import handle_stripe_event
from tests.bench import heaviest
from tests.bench.account import Account, definitions
from tests.bench.figures import PAID, Figure
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
    """How many operations of some usage, a check and a grant cost something else there: none."""
    with _tables(url) as (call, prefix):
        meter = ComparingMeter(call, tables_of(definitions(prefix)))
        account = Account(heaviest.shipped(), meter, prefix)
        for _ in range(EVENTS):
            account.record(account.events(1))
        [event] = account.events(1)
        check(account.deps, heaviest.ACCOUNT, event)
        account.deps.store.note_event(PAID, account.now())
        handle_stripe_event(account.deps, PAID)
    for difference in meter.differences:
        print(difference)
    name = f"of {meter.compared} single-item operations, those that cost another sum at {url}"
    yield Figure(name, len(meter.differences), "operations", 0)


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
