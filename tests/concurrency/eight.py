"""What eight processes do to one account at once. They share nothing but the tables, and import this once for all."""

from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing import get_context
from typing import TypeVar

from chalicelib.actions.change_account import Commit, change_account
from chalicelib.actions.close_hold import capture_hold, release_hold
from chalicelib.actions.consume import consume
from chalicelib.actions.correct_usage import correct_usage
from chalicelib.actions.place_hold import place_hold
from chalicelib.deps import Deps
from chalicelib.domain import journal
from chalicelib.domain.accounts import Profile, State
from chalicelib.domain.corrections import Correction
from chalicelib.domain.holds import Capture
from chalicelib.errors import ConditionFailed, NotEnoughCredits, TryAgain
from tests.concurrency.senders import send, some_events
from tests.stores import FixedClock, reopened
from tests.usage_builders import NOW, an_event, granting

COUNT = 8
Result = TypeVar("Result")
Place = tuple[str, str, str]
"""The engine's URL and the names of the two tables."""


@contextmanager
def eight_processes() -> Iterator[ProcessPoolExecutor]:
    """Started from one that has imported what they need: eight imports would take longer than the test."""
    context = get_context("forkserver")
    context.set_forkserver_preload([__name__])
    with ProcessPoolExecutor(COUNT, mp_context=context) as processes:
        yield processes


def surely(job: Callable[[], Result]) -> Result:
    """Sent again while it only says that it must be."""
    while True:
        try:
            return job()
        except TryAgain:
            continue


def deps_at(place: Place) -> Deps:
    return reopened(*place).deps(clock=FixedClock())


def live(place: Place, account: str, number: int) -> int:
    """Usage, a grant, a hold, a correction, then all the credits that are left; gives how many runs came of it."""
    deps = deps_at(place)
    send(deps, account, some_events(40), number)
    surely(lambda: grant(deps, account, f"grant{number}"))
    captured = held(deps, account, number)
    fix = Correction(f"fix{number // 2}", "events", 1, NOW, "twice")
    surely(lambda: correct_usage(deps, account, fix, "key:test"))
    return captured + consumed(deps, account, f"ask{number}", "runs")


def held(deps: Deps, account: str, number: int) -> int:
    """A hold, captured or released; gives how many runs were captured."""
    try:
        surely(lambda: place_hold(deps, account, f"h{number}", 30, 600, "key:test"))
    except NotEnoughCredits:
        return 0
    if number % 2:
        surely(lambda: release_hold(deps, account, f"h{number}", "key:test"))
        return 0
    surely(lambda: capture_hold(deps, account, f"h{number}", Capture(20, "runs", 2), "key:test"))
    return 2


def consumed(deps: Deps, account: str, name: str, meter: str, most: int = 1000) -> int:
    """Asks for one after the other, each under an id of its own, until one is refused."""
    for k in range(most):
        event = an_event(f"{name}-{k}", meter)
        if not surely(lambda event=event: consume(deps, account, event, dry_run=False)).allowed:
            return k
    return most


def grant(deps: Deps, account: str, cause: str, credits: int = 40) -> int:
    """Credits by their cause, once; gives how often it was tried."""
    tries = 0

    def decide(state: State, _: Profile) -> Commit | None:
        nonlocal tries
        tries += 1
        lots = deps.store.lots(state)
        if lots is None:
            raise ConditionFailed({})
        if any(entry.cause == cause for entry in deps.store.entries(account, before=None, limit=100)):
            return None
        return Commit(granting(journal.begin(state, NOW, deps.catalogue), cause, credits, lots))

    change_account(deps, account, decide)
    return tries


def keep_consuming(place: Place, account: str, number: int, times: int) -> int:
    return consumed(deps_at(place), account, f"busy{number}", "events", times)
