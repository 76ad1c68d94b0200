"""Keys: which attributes name an item in a table and in its indexes, and what is refused as a key."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.simulation.values import Invalid, Item, Value, canonical_item, copied

Key = tuple[Any, ...]
LONGEST = (2048, 1024)


class KeyMismatch(Invalid):
    """A key of the wrong type: in a transaction the reason of one action, elsewhere a plain refusal."""


@dataclass(frozen=True)
class Index:
    """A global secondary index. `projection` is ALL, KEYS_ONLY or the names of what it holds beside the keys."""

    name: str
    keys: tuple[str, ...]
    projection: str | tuple[str, ...] = "KEYS_ONLY"


@dataclass(frozen=True)
class Schema:
    """A table: its key attributes in order, the type letters of all key attributes, its indexes."""

    name: str
    keys: tuple[str, ...]
    types: Mapping[str, str]
    indexes: tuple[Index, ...] = ()
    index_keys: frozenset[str] = field(init=False)

    def __post_init__(self) -> None:
        keys = frozenset(name for index in self.indexes for name in index.keys)
        object.__setattr__(self, "index_keys", keys)

    def index(self, name: str) -> Index:
        """The index of this name; raises Invalid."""
        for index in self.indexes:
            if index.name == name:
                return index
        raise Invalid(f"The table does not have the specified index: {name}")

    def projected(self, index: Index) -> frozenset[str] | None:
        """The attributes that an index holds, or None for all of them."""
        if index.projection == "ALL":
            return None
        more = () if index.projection == "KEYS_ONLY" else index.projection
        return frozenset((*self.keys, *index.keys, *more))

    def key_of(self, item: Item) -> Key:
        """The key of a canonical item; raises Invalid where it has none or one that is not allowed."""
        missing = [name for name in self.keys if name not in item]
        if missing:
            raise Invalid(f"One of the required keys was not given a value: {missing[0]}")
        return tuple([self.scalar(name, item[name], place) for place, name in enumerate(self.keys)])

    def key_of_request(self, given: Item) -> Key:
        """The key that a request names, with nothing missing and nothing beside it; raises Invalid."""
        if len(given) != len(self.keys) or any(name not in given for name in self.keys):
            raise Invalid("The number of conditions on the keys is invalid")
        return self.key_of(canonical_item(given))

    def scalar(self, name: str, value: Value, place: int = 0) -> Any:
        """The bare value of a key attribute; raises Invalid for another type, and for an empty or too long one."""
        kind = self.types[name]
        if kind not in value:
            raise KeyMismatch(f"One or more parameter values were invalid: Type mismatch for key {name}")
        raw = value[kind]
        if kind != "N":
            if not raw:
                why = "The AttributeValue for a key attribute cannot contain an empty string value"
                raise Invalid(f"One or more parameter values are not valid. {why}. Key: {name}")
            if len(raw.encode() if isinstance(raw, str) else raw) > LONGEST[place]:
                raise Invalid(
                    "Hash primary key values must be under 2048 bytes, and range primary key under 1024 bytes"
                )
        return raw

    def check_index_keys(self, item: Item) -> None:
        """Raises Invalid where an item has a value in an index key that the index cannot hold."""
        for name in self.index_keys:
            if name in item:
                self.scalar(name, item[name], 1)

    def key_item(self, key: Key) -> Item:
        """A key as attributes."""
        return {name: {self.types[name]: raw} for name, raw in zip(self.keys, key, strict=True)}

    def start_key(self, item: Item, index: Index | None) -> Item:
        """What LastEvaluatedKey says of an item: its key, and in an index the index's too."""
        names = self.keys if index is None else dict.fromkeys((*index.keys, *self.keys))
        return {name: copied(item[name]) for name in names}


def schema_of(definition: Mapping[str, Any]) -> Schema:
    """The schema that a CreateTable request describes."""
    types = {each["AttributeName"]: each["AttributeType"] for each in definition["AttributeDefinitions"]}
    indexes = tuple(
        Index(each["IndexName"], _keys(each["KeySchema"]), _projection(each["Projection"]))
        for each in definition.get("GlobalSecondaryIndexes", ())
    )
    return Schema(definition["TableName"], _keys(definition["KeySchema"]), types, indexes)


def _keys(parts: list[dict[str, str]]) -> tuple[str, ...]:
    ordered = sorted(parts, key=lambda part: part["KeyType"] != "HASH")
    return tuple(part["AttributeName"] for part in ordered)


def _projection(described: Mapping[str, Any]) -> str | tuple[str, ...]:
    kind = described["ProjectionType"]
    return tuple(described["NonKeyAttributes"]) if kind == "INCLUDE" else kind
