"""What came of an operation that is finished, for whoever lost the answer and asks again.

Only operations that may come again are remembered, those under an idempotency key, and each by itself: however many
others are finished meanwhile, it is known for as long as it can be asked for.
"""

from dataclasses import dataclass

CREATED, UPDATED, DONE = "created", "updated", "done"


@dataclass(frozen=True)
class Finished:
    """An operation by its id; `outcome` is a word of the action that asks."""

    operation: str
    outcome: str


def finishing(operation: str | None, outcome: str | None) -> Finished | None:
    """What is to be remembered; None where there is no operation, or nothing came of it."""
    return Finished(operation, outcome) if operation and outcome else None
