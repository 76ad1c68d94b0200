"""The Idempotency-Key of a request: what is done under it is done once, and answered the same again within a day.

Only what succeeded is kept, and of it no personal data (nor an id that may name somebody) and no secret: what shows an
account is rendered afresh, and what the request says is said again from it.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from hashlib import sha256
from hmac import new as hmac
from http import HTTPStatus
from re import fullmatch
from typing import Any

from chalicelib.actions.change_once import outcome_of
from chalicelib.actions.claim_key import claim_key, give_up, keep_answer, let_go
from chalicelib.domain.claims import Claim, Kept
from chalicelib.errors import BadParameter, BillingError, Problem, TryAgain
from chalicelib.web.call import Answer, Call
from chalicelib.web.problems import status_of

LONGEST = 255
PRINTABLE = r"^[ -~\xa1-\xac\xae-\xff]*$"
"""What a header can hold of what can be printed."""
REPLAYED = {"Idempotency-Replayed": "true"}


@dataclass(frozen=True)
class Work:
    """What a request asks for: all that it says, its answer by a view, and the body of one that was kept."""

    says: tuple[Any, ...]
    view: Callable[[Call], Answer]
    again: Callable[[Call, Any], Any]


def once(call: Call, work: Work) -> Answer:
    """The answer, or the first one again. Raises BadParameter, IdempotencyKeyReused or InProgress, or as the view."""
    key = idempotency_key(call)
    if key is None:
        return work.view(call)
    claim = claim_key(call.deps, key, _digest(call, work.says))
    call = replace(call, operation=claim.operation)
    if claim.answer is not None:
        return Answer(work.again(call, claim.answer.body), claim.answer.status, REPLAYED)
    answer = _worked(call, claim, work)
    if answer.status == HTTPStatus.ACCEPTED:
        # More is to be done, by whoever asks the same again.
        let_go(call.deps, claim)
        return answer
    keep_answer(call.deps, claim, Kept(answer.status, answer.body if answer.kept is None else answer.kept))
    return answer


def idempotency_key(call: Call) -> str | None:
    """The hash of the key, which is the API key's own; None where there is none. Raises BadParameter."""
    key = call.header("idempotency-key")
    if key is None:
        return None
    if not 1 <= len(key) <= LONGEST or not fullmatch(PRINTABLE, key):
        raise BadParameter([Problem("Idempotency-Key", f"must be 1 to {LONGEST} printable characters")])
    return sha256(f"{call.by.key.id} {key}".encode()).hexdigest()


def _worked(call: Call, claim: Claim, work: Work) -> Answer:
    try:
        return work.view(call)
    except Exception as error:
        is_refused = isinstance(error, BillingError) and _is_definite(error)
        # What was done before by this operation stays done, whatever stands in the way of saying so again.
        end = give_up if is_refused and outcome_of(call.deps, claim.operation) is None else let_go
        end(call.deps, claim)
        raise


def _is_definite(error: BillingError) -> bool:
    """Whether it says that what was asked for is not done, and would not be if the same were asked again.

    What Stripe refused is: it repeats its refusal to the same key, whatever became of the customer's card since.
    """
    status = status_of(error)
    return status is not None and not isinstance(error, TryAgain)


def _digest(call: Call, says: tuple[Any, ...]) -> str:
    """By which the same request is known again, and nothing of it is known: it may say names."""
    text = json.dumps([call.by.acting, *says]).encode()
    return hmac(call.deps.settings.key_pepper.encode(), text, sha256).hexdigest()
