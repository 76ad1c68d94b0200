"""A pack is granted as it was ordered, whatever the catalogue says by the time it is paid; and paid it must be."""

from dataclasses import replace

import pytest

from chalicelib.actions.read_purchase import read_purchase
from chalicelib.actions.settle_checkout import settle_checkout
from chalicelib.domain.catalogue import Catalogue
from chalicelib.domain.money import Money
from infra.stripe_offers import sync_offers
from tests.actions.life import bought, ordered
from tests.actions.refunding import STARTER, balance, lefts, lines, refunded
from tests.actions.world import World
from tests.builders import a_catalogue
from tests.direct import DirectGateway

DEARER, GONE, RENAMED, SMALLER = "costs more", "is not sold any more", "has another key", "holds less"


def by_now(what: str) -> Catalogue:
    """The catalogue in which the Starter pack is not what it was."""
    catalogue = a_catalogue()
    packs, starter = dict(catalogue.packs), catalogue.packs["starter"]
    changed = {
        DEARER: replace(starter, price=replace(starter.price, money=Money(700, "eur"))),
        RENAMED: replace(starter, price=replace(starter.price, lookup_key="pack_starter_2")),
        SMALLER: replace(starter, credits=10),
    }
    packs.pop("starter")
    return replace(catalogue, packs=packs | ({"starter": changed[what]} if what in changed else {}))


@pytest.mark.parametrize("what", [DEARER, GONE, RENAMED, SMALLER])
@pytest.mark.parametrize("is_paid_before", [True, False])
def test_a_pack_brings_what_it_said_when_it_was_ordered(world: World, what: str, is_paid_before: bool) -> None:
    world.account()
    purchase = ordered(world)
    if is_paid_before:
        world.pay(purchase.stripe_session_id or "")
    catalogue = by_now(what)
    sync_offers(world.operator, catalogue)
    gateway = DirectGateway(world.deps.settings, catalogue, world.emulator.api)
    world.deps = replace(world.deps, catalogue=catalogue, stripe=gateway)
    if not is_paid_before:
        world.pay(purchase.stripe_session_id or "")

    world.deliver()

    assert lines(world) == [("purchase", STARTER)], what
    paid = read_purchase(world.deps, "acme", purchase.id)
    assert (paid.state, paid.paid) == ("paid", Money(500, "eur"))
    refunded(world, paid.stripe_payment_intent_id, 250)
    world.deliver()
    assert lefts(world) == [(purchase.id, STARTER // 2)]


def test_a_payment_that_takes_days_brings_its_credits_when_it_is_there(world: World) -> None:
    world.account()
    purchase = bought(world)
    session = purchase.stripe_session_id or ""
    paid = world.deps.stripe.checkout(session)
    under_way = world.with_stripe(checkout=lambda _: replace(paid, payment_status="unpaid"))

    for _ in range(2):
        settle_checkout(under_way, session)
    assert (balance(world), read_purchase(under_way, "acme", purchase.id).state) == (0, "open")

    settle_checkout(world.deps, session)
    settle_checkout(under_way, session)
    assert lines(world) == [("purchase", STARTER)]


@pytest.mark.parametrize("outcome", ["abandon", "expire"])
def test_a_page_that_was_left_leaves_nothing(world: World, outcome: str) -> None:
    world.account()
    before = world.stored()[0]
    purchase = ordered(world)

    world.pay(purchase.stripe_session_id or "", outcome=outcome)
    world.pass_time(world.clock.now() + 2 * 86_400)

    assert read_purchase(world.deps, "acme", purchase.id).state == "expired"
    assert (lines(world), world.stored()[0]) == ([], before)
