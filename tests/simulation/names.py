"""What the placeholders of one request stand for, and which of them were used.

DynamoDB refuses a placeholder that is not defined or not used, and a reserved word as a bare name.
"""

import importlib.util
from collections.abc import Mapping
from functools import cache
from pathlib import Path as File

from tests.simulation.grammar import Constant, Node, Reference
from tests.simulation.paths import Path
from tests.simulation.values import Invalid


@cache
def reserved_words() -> frozenset[str]:
    """DynamoDB's reserved words, from the list that moto carries."""
    moto = importlib.util.find_spec("moto")
    assert moto
    words = File(str(moto.origin)).parent / "dynamodb" / "parsing" / "reserved_keywords.txt"
    return frozenset(words.read_text().split())


class Placeholders:
    """The names and the kinds of the values that a request defines; remembers which are used."""

    def __init__(self, names: Mapping[str, str], kinds: Mapping[str, str]):
        self.names, self.kinds = names, kinds
        self.used: set[str] = set()

    def path(self, reference: Reference, kind: str) -> Path:
        """The path with its names in place; raises Invalid."""
        return tuple(part if isinstance(part, int) else self.name(part, kind) for part in reference.parts)

    def name(self, part: str, kind: str) -> str:
        """One name of a path; raises Invalid."""
        if part[0] != "#":
            if part.upper() in reserved_words():
                raise Invalid(f"Invalid {kind}: Attribute name is a reserved keyword; reserved keyword: {part}")
            return part
        if part not in self.names:
            why = "An expression attribute name used in the document path is not defined; attribute name"
            raise Invalid(f"Invalid {kind}: {why}: {part}")
        self.used.add(part)
        return self.names[part]

    def kind(self, constant: Constant, kind: str) -> str:
        """The type letter of a value; raises Invalid when the value is not defined."""
        if constant.name not in self.kinds:
            why = "An expression attribute value used in expression is not defined; attribute value"
            raise Invalid(f"Invalid {kind}: {why}: {constant.name}")
        self.used.add(constant.name)
        return self.kinds[constant.name]

    def all_used(self) -> None:
        """Raises Invalid for what no expression used."""
        for what, defined in (("Values", self.kinds), ("Names", self.names)):
            if unused := sorted(set(defined) - self.used):
                keys = ", ".join(unused)
                raise Invalid(f"Value provided in ExpressionAttribute{what} unused in expressions: keys: {{{keys}}}")


def type_of(node: Node, known: Placeholders, kind: str) -> str | None:
    """The type letter that an operand has for certain before any item is seen."""
    if isinstance(node, Constant):
        return known.kind(node, kind)
    if isinstance(node, Reference):
        return None
    return {"size": "N", "+": "N", "-": "N", "list_append": "L"}.get(node.op)
