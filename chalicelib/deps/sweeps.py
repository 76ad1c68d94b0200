"""What actions ask of the table to go through all accounts, part by part, and to go on another day."""

from typing import Protocol


class Sweeps(Protocol):
    """All accounts, and where who goes through them stopped."""

    def accounts_from(self, cursor: str | None) -> tuple[list[str], str | None]:
        """Some accounts, perhaps none, from where this cursor points to, and the next cursor; None is either end."""
        ...

    def audit_cursor(self) -> str | None:
        """Where the nightly audit stopped."""
        ...

    def move_audit_cursor(self, cursor: str | None) -> None: ...
