"""A refund that fails while the bank has the whole payment: its line is booked back, and the dispute's grows."""

import pytest

from chalicelib.actions.read_history import read_history
from chalicelib.actions.sync_refunds import sync_refund
from infra.local.stripe import refunds
from tests.actions.mortal import Moments, changes_of, dying_at, told
from tests.actions.refunding import STARTER, balance, disputed, known, lines, owned, refunded
from tests.actions.world import World

FAILS_BACK = "4000000000005126"
HALF = STARTER // 2


def failed(kept: Moments) -> tuple[World, str, str]:
    """The world where just that happened and nobody has heard of it, the payment's id, and the refund's."""
    world = kept.again()
    intent = owned(world, card=FAILS_BACK).stripe_payment_intent_id or ""
    refund = refunded(world, intent, 250)
    world.deliver()
    disputed(world, intent)
    world.deliver()
    assert lines(world) == [("purchase", STARTER), ("refund", -HALF), ("dispute", -HALF)]
    refunds.turn(world.emulator.state, next(world.emulator.state.every("refund")))
    return world, intent, refund


def test_each_moves_its_own_line_and_a_won_dispute_gives_all_back(kept: Moments) -> None:
    world, intent, _ = failed(kept)
    told(world)
    assert (balance(world), lines(world)[3:]) == (0, [("refund", HALF), ("dispute", -HALF)])

    disputed(world, intent, "won")
    told(world)

    assert (balance(world), lines(world)[5:]) == (STARTER, [("dispute", STARTER)])
    moved = [each.money.amount for each in read_history(world.deps, "acme", None, 5)[0] if each.money]
    assert moved[::-1] == [-250, -250, 250, -250, 500]


@pytest.mark.parametrize("is_won", [False, True], ids=["while it is open", "and it is won meanwhile"])
def test_wherever_it_is_cut_short_the_end_is_the_same(kept: Moments, is_won: bool) -> None:
    world, intent, refund = failed(kept)
    moment = kept.kept()
    changes = changes_of(kept.back_to(moment), lambda deps: sync_refund(deps, refund))
    assert len(changes) == 2

    for at in range(len(changes)):
        world = kept.back_to(moment)
        assert dying_at(world, at, lambda deps: sync_refund(deps, refund))
        if is_won:
            disputed(world, intent, "won")
        told(world)

        [purchase] = [known(world, each.id) for each in world.deps.store.purchases("acme")]
        assert (balance(world), purchase.state) == ((STARTER, "paid") if is_won else (0, "disputed")), at
        assert sum(credits for _, credits in lines(world)) == STARTER - purchase.taken
