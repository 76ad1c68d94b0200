"""A route as tests ask it."""

from dataclasses import dataclass, field
from typing import Any

EMAIL = "private.person@example.com"
BIG = 64 * 1024
BATCH = 5 * 1024 * 1024


PEOPLE = {"member": "bob", "invitation": "i1", "role": "auditor", "key": "key_1"}


@dataclass(frozen=True)
class Route:
    """A route as it is rightly asked; `wrong` are bodies that it must refuse, with the fields named."""

    method: str
    path: str
    body: dict[str, Any] | None = None
    most: int = BIG
    wrong: list[tuple[dict[str, Any], list[str]]] = field(default_factory=list[tuple[dict[str, Any], list[str]]])

    @property
    def target(self) -> str:
        return self.at("bad")

    def at(self, account: str) -> str:
        """The path inside this account."""
        return self.path.format(account=account, purchase="p1", invoice="in_1", hold="h1", **PEOPLE)
