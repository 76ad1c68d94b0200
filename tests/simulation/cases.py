"""One item and one update of it: what becomes of the item, in the model and at a named endpoint alike."""

from functools import cache
from typing import Any

from tests.simulation.builders import a_put, an_item, an_update, n, s, tables_with
from tests.simulation.engines import URL, Call, answer, endpoint
from tests.simulation.values import Item

ITEM = an_item(
    n=n(5),
    k=n(1),
    word=s("füß"),
    flag={"BOOL": True},
    nothing={"NULL": True},
    l={"L": [n(0), n(1), n(2), n(3)]},
    m={"M": {"a": n(1), "b": {"M": {"c": n(2)}}}},
    bs={"BS": [b"a", b"b"]},
    ns={"NS": ["1", "2"]},
)


@cache
def named_endpoint() -> Call:
    return endpoint()


def outcome(update: str | None, values: Item | None, **more: Any) -> str | Item:
    """The item that an update leaves, or the code of its refusal."""
    request = an_update(update, values, ReturnValues="ALL_NEW", **more)
    tables = tables_with(ITEM)
    found = answer(tables.call, "UpdateItem", request)
    if isinstance(found, tuple):
        assert tables.items("core") == {("acme", "STATE"): ITEM}, "a refused update changed something"
    if URL:
        named_endpoint()("PutItem", a_put(ITEM))
        assert answer(named_endpoint(), "UpdateItem", request) == found
    return found[0] if isinstance(found, tuple) else found["Attributes"]
