"""The same request sent many times at once, on a DynamoDB behind a port: one works, the others are told so."""

from functools import partial

from chalicelib.actions.claim_key import claim_key, let_go
from chalicelib.deps import Deps
from chalicelib.domain.claims import Claim
from chalicelib.request_errors import InProgress
from tests.concurrency.senders import at_once
from tests.stores import Database

SENDERS = 8


def tried(deps: Deps, key: str) -> Claim | None:
    try:
        return claim_key(deps, key, "r")
    except InProgress:
        return None


def test_of_many_at_once_one_works_and_of_many_who_go_on_one(engine: Database, account: str) -> None:
    first = [each for each in at_once(*(partial(tried, engine.deps(), account) for _ in range(SENDERS))) if each]
    let_go(engine.deps(), first[0])

    second = [each for each in at_once(*(partial(tried, engine.deps(), account) for _ in range(SENDERS))) if each]

    assert (len(first), len(second)) == (1, 1)
    assert second[0].operation == first[0].operation
