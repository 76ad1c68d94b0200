"""The last free seat of an account on a DynamoDB behind a port: of eight processes that want it one gets it."""

from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor

import pytest

from chalicelib.actions.asking import Asker
from chalicelib.actions.invite import invite
from chalicelib.actions.members import read_members
from tests.concurrency.eight import COUNT, Place, eight_processes
from tests.concurrency.seats import accept, come_and_go, leave
from tests.invariants import assert_sound
from tests.stores import Database

KEY = Asker("key:test")


@pytest.fixture(scope="module")
def processes() -> Iterator[ProcessPoolExecutor]:
    with eight_processes() as pool:
        yield pool


@pytest.fixture
def place(engine: Database, engine_url: str) -> Place:
    return engine_url, engine.core, engine.ephemeral


def members(engine: Database, account: str) -> set[str]:
    return {each.id for each in read_members(engine.deps(), account, None, 100)[0]}


def test_the_last_free_seat_goes_to_one_of_eight_who_accept_at_once(
    engine: Database, place: Place, account: str, processes: ProcessPoolExecutor
) -> None:
    deps = engine.deps()
    engine.open(account, seats_bought=2)
    invited = [invite(deps, account, f"m{number}@example.com", "member", KEY) for number in range(COUNT)]

    jobs = [
        processes.submit(accept, place, account, f"m{number}", made.id, token)
        for number, (made, token) in enumerate(invited)
    ]
    said = [job.result(timeout=60) for job in jobs]

    assert Counter(said) == {"accepted": 1, "seats_full": COUNT - 1}
    winner = said.index("accepted")
    assert members(engine, account) == {"ada", f"m{winner}"}
    assert assert_sound(engine, account).seats_active == 2
    assert deps.store.people.invited(account, deps.clock.now()) == COUNT - 1


def test_one_invitation_that_eight_accept_at_once_makes_one_member(
    engine: Database, place: Place, account: str, processes: ProcessPoolExecutor
) -> None:
    engine.open(account, seats_bought=COUNT + 1)
    made, token = invite(engine.deps(), account, "m@example.com", "member", KEY)

    jobs = [processes.submit(accept, place, account, f"m{number}", made.id, token) for number in range(COUNT)]
    said = [job.result(timeout=60) for job in jobs]

    assert Counter(said) == {"accepted": 1, "invitation_used": COUNT - 1}
    assert assert_sound(engine, account).seats_active == len(members(engine, account)) == 2


def test_of_two_owners_who_leave_at_once_one_stays(
    engine: Database, place: Place, account: str, processes: ProcessPoolExecutor
) -> None:
    engine.open(account)
    come_and_go(place, account, "bob", "owner", 1)

    jobs = [processes.submit(leave, place, account, member) for member in ("ada", "bob")]

    assert Counter(job.result(timeout=60) for job in jobs) == {"gone": 1, "last_owner": 1}
    assert assert_sound(engine, account).seats_active == len(members(engine, account)) == 1


def test_seats_and_members_agree_whoever_comes_and_goes(
    engine: Database, place: Place, account: str, processes: ProcessPoolExecutor
) -> None:
    engine.open(account, seats_bought=4)

    jobs = [processes.submit(come_and_go, place, account, f"m{number}", "member", 3) for number in range(COUNT)]
    for job in jobs:
        job.result(timeout=60)

    active = assert_sound(engine, account).seats_active
    assert active == len(members(engine, account)) <= 4
