"""What is asked of the claims of idempotency keys, and of what came of their operations."""

from typing import Protocol

from chalicelib.domain.claims import Claim


class Claims(Protocol):
    """The claims by their ids, in the ephemeral table."""

    def write(self, claim: Claim, was: Claim | None) -> Claim | None:
        """Writes the claim where it still is what it was (None: not there); else gives the one that is there."""
        ...

    def outcome(self, operation: str) -> str | None:
        """What came of the operation, consistently read; None where it is not done. A commit writes it."""
        ...
