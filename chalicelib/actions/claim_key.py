"""Claiming an idempotency key: one request at a time works under it, always the same, and its answer is kept.

What a run leaves behind whose process died, or that nobody knows the outcome of, is gone on with under the same
operation id by whoever sends the same request again: not before its lease is over, though its work be done, since a
token or a secret that is made once more ends the one that a living run is about to show.
"""

from chalicelib.deps import Deps
from chalicelib.domain.claims import Claim, Kept, claimed, meaning
from chalicelib.errors import Problem, TryAgain
from chalicelib.request_errors import IdempotencyKeyReused, InProgress

TRIES = 3


def claim_key(deps: Deps, key: str, request: str) -> Claim:
    """The claim that this request holds now, or the one that has its answer; `key` and `request` are hashes.

    Raises IdempotencyKeyReused where the key stands for another request, or InProgress.
    """
    now, was = deps.clock.now(), None
    mine = claimed(key, request, deps.token(), now)
    for _ in range(TRIES):
        found = deps.store.claims.write(mine, was)
        # A write whose answer was lost is sent again, and then finds itself.
        if found is None or found.run == mine.run:
            return mine
        means = meaning(found, request, now)
        if means == "reused":
            raise IdempotencyKeyReused([Problem("Idempotency-Key", "stands for another request of the last 24 hours")])
        if means == "answered":
            return found
        if means == "running":
            break
        mine, was = mine.going_on_with(found) if means == "left" else claimed(key, request, mine.run, now), found
    raise InProgress("the request that came with this key is still at work")


def keep_answer(deps: Deps, claim: Claim, answer: Kept) -> None:
    """The answer for whoever sends the same again within the day; where it cannot be kept the work is asked again."""
    _write(deps, claim.answered(answer), claim)


def let_go(deps: Deps, claim: Claim) -> None:
    """Nobody knows what came of it: the same request may go on at once."""
    _write(deps, claim.let_go(), claim)


def give_up(deps: Deps, claim: Claim) -> None:
    """It was refused: the key is free."""
    _write(deps, claim.given_up(deps.clock.now()), claim)


def _write(deps: Deps, claim: Claim, was: Claim) -> None:
    """What is told needs no answer of the database: a claim as it was ends with its lease, and loses nothing."""
    try:
        deps.store.claims.write(claim, was)
    except TryAgain:
        return
