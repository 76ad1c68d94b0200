"""What came of the operations that an account has finished last, for whoever lost the answer and asks again.

Only operations that may come again are remembered: those under an idempotency key.
"""

from dataclasses import dataclass

CREATED, UPDATED = "created", "updated"
REMEMBERED = 4
"""Operations of one account: more than that are hardly finished while somebody still asks for the first of them."""


@dataclass(frozen=True)
class Finished:
    """An operation by its id; `outcome` is a word of the action that asks."""

    operation: str
    outcome: str


def remembering(finished: tuple[Finished, ...], operation: str | None, outcome: str | None) -> tuple[Finished, ...]:
    """With this one as the newest; as it was where there is no operation, or nothing came of it.

    >>> remembering((Finished("a", "applied"),), "b", "scheduled")[-1]
    Finished(operation='b', outcome='scheduled')
    """
    if operation is None or outcome is None:
        return finished
    return (*finished, Finished(operation, outcome))[-REMEMBERED:]


def outcome_of(finished: tuple[Finished, ...], operation: str | None) -> str | None:
    """What came of this operation; None where it is not done, or was forgotten."""
    return next((each.outcome for each in finished if each.operation == operation), None)
