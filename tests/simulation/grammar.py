"""The grammar of DynamoDB's expressions: text to a tree of nodes, placeholders left as they are written.

Parsing knows neither names nor values; what they stand for is settled in expressions.py and updates.py.
"""

import re
from collections.abc import Callable
from functools import lru_cache
from typing import NamedTuple, TypeVar

from tests.simulation.values import Invalid

MOST_BYTES = 4096
MOST_OPERATORS = 300
MOST_OPERANDS_OF_IN = 100
COMPARATORS = frozenset({"=", "<>", "<", "<=", ">", ">="})
CONDITION_FUNCTIONS = {
    "attribute_exists": 1,
    "attribute_not_exists": 1,
    "attribute_type": 2,
    "begins_with": 2,
    "contains": 2,
}
OPERAND_FUNCTIONS = {"size": 1}
UPDATE_FUNCTIONS = {"if_not_exists": 2, "list_append": 2}
FUNCTIONS = {**CONDITION_FUNCTIONS, **OPERAND_FUNCTIONS, **UPDATE_FUNCTIONS}
TESTS = COMPARATORS | {"AND", "OR", "NOT", "BETWEEN", "IN"} | CONDITION_FUNCTIONS.keys()
SECTIONS = ("SET", "REMOVE", "ADD", "DELETE")
WORDS = frozenset({"AND", "OR", "NOT", "BETWEEN", "IN", *SECTIONS})
TOKEN = re.compile(r"\s*([A-Za-z_][A-Za-z0-9_]*|[#:][A-Za-z0-9_]+|0|[1-9][0-9]*|<=|>=|<>|[=<>(),.\[\]+\-])")

T = TypeVar("T")


class Reference(NamedTuple):
    """A document path as written: names and `#placeholders`, and list positions."""

    parts: tuple[str | int, ...]


class Constant(NamedTuple):
    """A `:placeholder`."""

    name: str


class Call(NamedTuple):
    """An operator or function with what it is applied to."""

    op: str
    args: "tuple[Node, ...]"


Node = Reference | Constant | Call


class Clause(NamedTuple):
    """One action of an update: the section's name, the path and, but for REMOVE, the operand."""

    section: str
    path: Reference
    operand: Node | None


@lru_cache(4096)
def condition(text: str, kind: str = "ConditionExpression") -> Node:
    """The tree of a condition, key condition or filter; raises Invalid with DynamoDB's message for `kind`."""
    parser = Parser(text, kind)
    return parser.finished(parser.test(parser.disjunction()))


@lru_cache(4096)
def update(text: str) -> tuple[Clause, ...]:
    """The actions of an update expression in the order written; raises Invalid."""
    parser = Parser(text, "UpdateExpression")
    return parser.finished(parser.sections())


@lru_cache(4096)
def projection(text: str) -> tuple[Reference, ...]:
    """The paths that a projection names; raises Invalid."""
    parser = Parser(text, "ProjectionExpression")
    return parser.finished(tuple(parser.separated(parser.reference)))


class Parser:
    """A recursive descent over the tokens of one expression. Groups and operands share one rule, as in DynamoDB."""

    def __init__(self, text: str, kind: str):
        self.kind, self.at, self.operators = kind, 0, 0
        self.group = (-1, -1)
        if not text.strip():
            raise self.wrong("The expression can not be empty;")
        if len(text.encode()) > MOST_BYTES:
            raise self.wrong(f"Expression size has exceeded the maximum allowed size; expression size: {len(text)}")
        self.tokens = self.read(text)

    def read(self, text: str) -> list[str]:
        tokens, at, text = [], 0, text.rstrip()
        while at < len(text):
            found = TOKEN.match(text, at)
            if not found:
                raise self.wrong(f'Syntax error; token: "{text[at:].strip()[:1]}"')
            tokens.append(found[1])
            at = found.end()
        return tokens

    def wrong(self, why: str) -> Invalid:
        return Invalid(f"Invalid {self.kind}: {why}")

    def syntax(self) -> Invalid:
        return self.wrong(f'Syntax error; token: "{self.next() or "<EOF>"}"')

    def finished(self, tree: T) -> T:
        if self.next():
            raise self.syntax()
        if self.operators > MOST_OPERATORS:
            raise self.wrong(f"The expression contains too many operators; operator count: {self.operators}")
        return tree

    def next(self) -> str:
        return self.tokens[self.at] if self.at < len(self.tokens) else ""

    def take(self, *wanted: str) -> str:
        """The next token if it is one of these (words in any case), else an empty text."""
        token = self.next()
        word = token.upper() if token.upper() in WORDS else token
        if word not in wanted:
            return ""
        self.at += 1
        return word

    def expect(self, token: str) -> None:
        if not self.take(token):
            raise self.syntax()

    def separated(self, one: Callable[[], T]) -> list[T]:
        found = [one()]
        while self.take(","):
            found.append(one())
        return found

    def call(self, op: str, *args: Node) -> Call:
        self.operators += 1
        return Call(op, args)

    def test(self, node: Node) -> Node:
        if isinstance(node, Call) and node.op in TESTS:
            return node
        raise self.syntax()

    def operand(self, node: Node) -> Node:
        if isinstance(node, Call) and node.op in TESTS:
            raise self.syntax()
        return node

    def disjunction(self) -> Node:
        left = self.conjunction()
        while self.take("OR"):
            left = self.call("OR", self.test(left), self.test(self.conjunction()))
        return left

    def conjunction(self) -> Node:
        left = self.negation()
        while self.take("AND"):
            left = self.call("AND", self.test(left), self.test(self.negation()))
        return left

    def negation(self) -> Node:
        if self.take("NOT"):
            return self.call("NOT", self.test(self.negation()))
        return self.comparison()

    def comparison(self) -> Node:
        left = self.primary(self.disjunction)
        if op := self.take(*COMPARATORS):
            return self.call(op, self.operand(left), self.operand(self.primary(self.disjunction)))
        if self.take("BETWEEN"):
            low = self.operand(self.primary(self.disjunction))
            self.expect("AND")
            return self.call("BETWEEN", self.operand(left), low, self.operand(self.primary(self.disjunction)))
        if self.take("IN"):
            return self.call("IN", self.operand(left), *self.options())
        return left

    def options(self) -> list[Node]:
        self.expect("(")
        found = self.separated(lambda: self.operand(self.primary(self.disjunction)))
        self.expect(")")
        if len(found) > MOST_OPERANDS_OF_IN:
            raise self.wrong(f"The IN operator is provided with too many operands; number of operands: {len(found)}")
        return found

    def primary(self, grouped: Callable[[], Node]) -> Node:
        """A group, a function, a constant or a path."""
        start, token = self.at, self.next()
        if self.take("("):
            inner = grouped()
            if self.group == (start + 1, self.at):
                raise self.wrong("The expression has redundant parentheses;")
            self.expect(")")
            self.group = (start, self.at)
            return inner
        if token[:1] == ":":
            self.at += 1
            return Constant(token)
        if self.tokens[self.at + 1 : self.at + 2] == ["("] and token[:1].isalpha():
            return self.function(token, grouped)
        return self.reference()

    def function(self, name: str, grouped: Callable[[], Node]) -> Node:
        update = self.kind == "UpdateExpression"
        if name not in FUNCTIONS:
            raise self.wrong(f"Invalid function name; function: {name}")
        if (name in UPDATE_FUNCTIONS) is not update:
            where = "an update" if update else "a condition"
            raise self.wrong(f"The function is not allowed in {where} expression; function: {name}")
        self.at += 2
        args = self.separated(lambda: self.operand(self.primary(grouped)))
        self.expect(")")
        if len(args) != FUNCTIONS[name]:
            raise self.wrong(f"Incorrect number of operands for operator or function; operator or function: {name}")
        return self.call(name, *args)

    def reference(self) -> Reference:
        parts: list[str | int] = [self.name()]
        while True:
            if self.take("."):
                parts.append(self.name())
            elif self.take("["):
                parts.append(self.position())
                self.expect("]")
            else:
                return Reference(tuple(parts))

    def name(self) -> str:
        token = self.next()
        if token.upper() in WORDS or not (token[:1].isalpha() or token[:1] in ("_", "#")) or not token:
            raise self.syntax()
        self.at += 1
        return token

    def position(self) -> int:
        if not self.next().isdecimal():
            raise self.syntax()
        self.at += 1
        return int(self.tokens[self.at - 1])

    def sections(self) -> tuple[Clause, ...]:
        found: dict[str, list[Clause]] = {}
        while section := self.take(*SECTIONS):
            if section in found:
                raise self.wrong(f'The "{section}" section can only be used once in an update expression;')
            found[section] = self.separated(getattr(self, section.lower()))
        return tuple(clause for clauses in found.values() for clause in clauses)

    def set(self) -> Clause:
        path = self.reference()
        self.expect("=")
        return Clause("SET", path, self.sum())

    def sum(self) -> Node:
        left = self.primary(self.sum)
        if op := self.take("+", "-"):
            return self.call(op, left, self.primary(self.sum))
        return left

    def remove(self) -> Clause:
        return Clause("REMOVE", self.reference(), None)

    def add(self) -> Clause:
        return Clause("ADD", self.reference(), self.constant())

    def delete(self) -> Clause:
        return Clause("DELETE", self.reference(), self.constant())

    def constant(self) -> Constant:
        if self.next()[:1] != ":":
            raise self.syntax()
        self.at += 1
        return Constant(self.tokens[self.at - 1])
