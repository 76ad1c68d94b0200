"""BatchGetItem and BatchWriteItem: many items in one call, each by itself, nothing conditional."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from tests.simulation.store import Moment
from tests.simulation.values import Invalid
from tests.simulation.writes import Action, action

if TYPE_CHECKING:
    from tests.simulation.table import Engine

MOST_READS = 100
MOST_WRITES = 25
TWICE = "Provided list of item keys contains duplicates"


def get_batch(tables: "Engine", request: Mapping[str, Any], moment: Moment) -> dict[str, Any]:
    """The items found, by table; each row has its own moment. Raises Invalid."""
    wanted = request["RequestItems"]
    if not 1 <= sum(len(each["Keys"]) for each in wanted.values()) <= MOST_READS:
        raise Invalid("Too many items requested for the BatchGetItem call")
    answer: dict[str, list[Any]] = {}
    for table, each in wanted.items():
        shared = {name: value for name, value in each.items() if name != "Keys"} | {"TableName": table}
        schema = tables.store(shared).schema
        if len({schema.key_of_request(key) for key in each["Keys"]}) < len(each["Keys"]):
            raise Invalid(TWICE)
        age = tables.latest if each.get("ConsistentRead") else moment
        found = [tables.read({**shared, "Key": key}, age) for key in each["Keys"]]
        answer[table] = [row["Item"] for row in found if row]
    return {"Responses": answer, "UnprocessedKeys": {}}


def write_batch(tables: "Engine", request: Mapping[str, Any]) -> dict[str, Any]:
    """Writes each item by itself; raises Invalid before the first."""
    wanted = request["RequestItems"]
    if not 1 <= sum(map(len, wanted.values())) <= MOST_WRITES:
        raise Invalid("Too many items requested for the BatchWriteItem call")
    actions = [_action(tables, table, each) for table, listed in wanted.items() for each in listed]
    if len({(id(act.store), act.key) for act in actions}) < len(actions):
        raise Invalid(TWICE)
    for outcome in [(act, act.judge()) for act in actions]:
        tables.commit([outcome])
    return {"UnprocessedItems": {}}


def _action(tables: "Engine", table: str, wanted: Mapping[str, Any]) -> Action:
    ((kind, said),) = wanted.items()
    return action(kind.removesuffix("Request"), tables.store({"TableName": table}), said)
