"""Items read once: an image in the model's tables never changes in place, so what it says need not be read again."""

from collections.abc import Callable, Mapping
from typing import Any, Generic, TypeVar

Said = TypeVar("Said")
Items = Mapping[str, Any]


class Decoded(Generic[Said]):
    """What a reader makes of an image, kept for as long as the image."""

    def __init__(self, read: Callable[[Items], Said]):
        self._read = read
        self._kept: dict[int, tuple[Items, Said]] = {}

    def __call__(self, image: Items) -> Said:
        found = self._kept.get(id(image))
        if found is None:
            # With the image itself, so that no other comes to have its number.
            found = self._kept[id(image)] = image, self._read(image)
        return found[1]
