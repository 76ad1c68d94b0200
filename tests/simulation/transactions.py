"""Transactions: all actions or none, reasons for a cancellation, and the ten minutes of a request token."""

import pickle
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from tests.simulation.answers import CONDITION_FAILED, NO_REASON, Reason, cancelled, reason, refused
from tests.simulation.schema import KeyMismatch
from tests.simulation.store import Image
from tests.simulation.values import Invalid
from tests.simulation.writes import PLAYED_IN_TRANSACTION, Action, ConditionFailed, Unplayed, action

if TYPE_CHECKING:
    from tests.simulation.table import Engine

MOST_ACTIONS = 100
MOST_BYTES = 4 * 1024 * 1024
TOKEN_SECONDS = 600
TWICE = "Transaction request cannot include multiple operations on one item"


class Tokens:
    """The request tokens of transactions that succeeded. A failed attempt is not remembered."""

    def __init__(self, now: Callable[[], int]):
        self.now = now
        self.known: dict[str, tuple[int, bytes]] = {}

    def done(self, request: Mapping[str, Any]) -> bool:
        """Whether this very request has succeeded already; raises ClientError for another one with its token."""
        known = self.known.get(request.get("ClientRequestToken", ""))
        if known is None or self.now() - known[0] >= TOKEN_SECONDS:
            return False
        if pickle.loads(known[1]) != request["TransactItems"]:
            raise refused("TransactWriteItems", "IdempotentParameterMismatchException", "")
        return True

    def remember(self, request: Mapping[str, Any]) -> None:
        """Notes a success; the items as bytes, since the caller may change what it sent."""
        if token := request.get("ClientRequestToken"):
            self.known[token] = (self.now(), pickle.dumps(request["TransactItems"]))


def transact_write(tables: "Engine", request: Mapping[str, Any]) -> dict[str, Any]:
    """Does every action or none; raises ClientError with a reason for each, or Invalid."""
    wanted = request["TransactItems"]
    _bounded(wanted)
    if len(request.get("ClientRequestToken", "")) > 36:
        raise Invalid("Value at 'clientRequestToken' failed to satisfy constraint: length less than or equal to 36")
    read = [_read(tables, each) for each in wanted]
    if tables.tokens.done(request):
        return {}
    actions = [each for each in read if isinstance(each, Action)]
    if len({(id(each.store), each.key) for each in actions}) < len(actions):
        raise Invalid(TWICE)
    judged = [_judge(each) if isinstance(each, Action) else each for each in read]
    images = [each for each in judged if isinstance(each, Image)]
    if len(images) < len(judged):
        raise cancelled([NO_REASON if isinstance(each, Image) else each for each in judged])
    if sum(image.size for image in images) > MOST_BYTES:
        raise Invalid("Transaction payload size cannot exceed 4MB.")
    tables.commit(list(zip(actions, images, strict=True)))
    tables.tokens.remember(request)
    return {}


def transact_get(tables: "Engine", request: Mapping[str, Any]) -> dict[str, Any]:
    """All items as of one moment; raises Invalid."""
    wanted = request["TransactItems"]
    _bounded(wanted)
    named = {(each["Get"]["TableName"], repr(sorted(each["Get"]["Key"].items()))) for each in wanted}
    if len(named) < len(wanted):
        raise Invalid(TWICE)
    return {"Responses": [tables.read(each["Get"], tables.latest) for each in wanted]}


def _bounded(wanted: Sequence[Any]) -> None:
    if not 1 <= len(wanted) <= MOST_ACTIONS:
        raise Invalid("Member must have length less than or equal to 100, and greater than or equal to 1")


def _read(tables: "Engine", wanted: Mapping[str, Any]) -> "Action | Reason":
    if len(wanted) != 1:
        raise Invalid("TransactItems can only contain one of Check, Put, Update or Delete")
    ((verb, said),) = wanted.items()
    if not PLAYED_IN_TRANSACTION[verb].issuperset(said):
        raise Unplayed(f"{verb}: {', '.join(sorted(set(said) - PLAYED_IN_TRANSACTION[verb]))}")
    try:
        return action(verb, tables.store(said), said)
    except KeyMismatch as mismatch:
        return reason("ValidationError", str(mismatch))


def _judge(act: Action) -> "Image | Reason":
    try:
        return act.judge()
    except ConditionFailed as failed:
        return reason("ConditionalCheckFailed", CONDITION_FAILED, failed.item)
    except Invalid as wrong:
        return reason("ValidationError", str(wrong))
