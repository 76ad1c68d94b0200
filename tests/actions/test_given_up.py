"""Events that were given up on are taken up again by the night, so that nothing paid for stays ungiven."""

from typing import Any

import pytest

from chalicelib.actions.catch_up import AGAIN_SECONDS, UNDONE_SECONDS, take_up_again
from chalicelib.actions.handle_stripe_event import handle_stripe_event
from chalicelib.actions.reconcile import reconcile
from chalicelib.errors import Unavailable
from tests.actions.life import bought
from tests.actions.test_catch_up import collecting
from tests.actions.world import World


def given_up(world: World) -> None:
    """A paid pack whose messages were noted, and then went to the dead-letter queue."""
    world.account()
    bought(world)
    for message in world.messages():
        world.deps.store.note_event(message, world.clock.now())


def test_a_paid_pack_whose_message_was_given_up_on_is_granted_by_the_night(world: World) -> None:
    given_up(world)
    taken = collecting(world)
    world.clock.move_to(world.clock.now() + 8 * 3_600)

    reconcile(world.deps)
    for message in taken:
        handle_stripe_event(world.deps, message)

    assert world.seen().balance == 1_000_000
    assert take_up_again(world.deps) == 0


@pytest.mark.parametrize(
    ("why", "after", "is_taken"),
    [
        ("it may still be on its way", UNDONE_SECONDS - 5, False),
        ("an hour has gone", UNDONE_SECONDS + 5, True),
        ("the last night that looks so far back", AGAIN_SECONDS - 5, True),
        ("too long ago", AGAIN_SECONDS + 60, False),
    ],
)
def test_what_is_undone_is_taken_up_after_an_hour_for_three_days(
    world: World, why: str, after: int, is_taken: bool
) -> None:
    given_up(world)
    taken = collecting(world)
    world.clock.move_to(world.clock.now() + after)

    take_up_again(world.deps)

    assert bool(taken) is is_taken, why


def test_a_queue_that_fails_is_told_after_the_subscriptions(world: World) -> None:
    given_up(world)
    world.clock.move_to(world.clock.now() + 8 * 3_600)

    def broken(*_: Any, **__: Any) -> Any:
        raise Unavailable

    with pytest.raises(Unavailable):
        reconcile(world.with_store(undone_events=broken))
