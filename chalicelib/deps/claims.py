"""What is asked of the claims of idempotency keys."""

from typing import Protocol

from chalicelib.domain.claims import Claim


class Claims(Protocol):
    """The claims by their ids, in the ephemeral table."""

    def write(self, claim: Claim, was: Claim | None) -> Claim | None:
        """Writes the claim where it still is what it was (None: not there); else gives the one that is there."""
        ...
