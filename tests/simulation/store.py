"""One table's items with every image they ever had, so that a read may be served from any moment of the past.

Images are never changed in place and never handed out without being copied.
"""

from bisect import bisect_left, insort
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from tests.simulation.conditions import sort_value
from tests.simulation.schema import Index, Key, Schema
from tests.simulation.values import Item, bare

Moment = Callable[[], int]
"""Says up to which write the next row is seen; asked once a row."""
Takes = Callable[[Any], bool]
"""Whether a sort key is among those asked for."""


class Image(NamedTuple):
    """An item as one write left it; None after a deletion. `size` in bytes."""

    sequence: int
    item: Item | None
    size: int


class Row(NamedTuple):
    """An item as a query meets it."""

    key: Key
    item: Item
    size: int


class Store:
    """The images of a table's items, by key, by partition and by index partition."""

    def __init__(self, schema: Schema):
        self.schema = schema
        self.items: dict[Key, Item] = {}
        self.images: dict[Key, list[Image]] = {}
        self.partitions: dict[Any, list[tuple[Any, Key]]] = {}
        self.index_partitions: dict[tuple[str, Any], dict[Key, None]] = {}

    def put(self, key: Key, image: Image) -> None:
        """Books what a write left of an item."""
        if key not in self.images:
            self.images[key] = []
            insort(self.partitions.setdefault(key[0], []), (self.place(key), key))
        self.images[key].append(image)
        if image.item is None:
            self.items.pop(key, None)
            return
        self.items[key] = image.item
        for index in self.schema.indexes:
            head = image.item.get(index.keys[0])
            if head is not None:
                self.index_partitions.setdefault((index.name, bare(head)), {})[key] = None

    def place(self, key: Key) -> Any:
        """Where a key stands in its partition."""
        return sort_value({self.schema.types[self.schema.keys[1]]: key[1]}) if len(key) > 1 else 0

    def seen(self, key: Key, sequence: int) -> Image | None:
        """The image of an item that a read up to this write finds, if there was an item then."""
        for image in reversed(self.images.get(key, ())):
            if image.sequence <= sequence:
                return image if image.item is not None else None
        return None

    def rows(self, head: Any, first: Any, takes: Takes, moment: Moment) -> Iterator[tuple[Any, Row]]:
        """The rows of a partition in order, from the place `first` on if given, each as of its moment.

        They end behind the first place that is not taken after one that is: what is asked for lies side by side.
        """
        places, met = self.partitions.get(head, []), False
        start = 0 if first is None else bisect_left(places, (first,))
        for place, key in places[start:]:
            if not takes(place):
                if met:
                    return
                continue
            met = True
            image = self.seen(key, moment())
            if image and image.item is not None:
                yield place, Row(key, image.item, image.size)

    def index_rows(self, index: Index, head: Any, moment: Moment) -> list[tuple[Any, Row]]:
        """The rows of an index partition in order; equal places in the order of the table's keys."""
        found = []
        hash_name, *range_name = index.keys
        for key in self.index_partitions.get((index.name, head), ()):
            image = self.seen(key, moment())
            item = image.item if image else None
            if image and item is not None and in_index(item, index) and bare(item[hash_name]) == head:
                place = sort_value(item[range_name[0]]) if range_name else 0
                found.append((place, Row(key, item, image.size)))
        return sorted(found, key=lambda each: (each[0], each[1].key))


def in_index(item: Item, index: Index) -> bool:
    """Whether a sparse index holds the item: all its key attributes are there."""
    return all(name in item for name in index.keys)
