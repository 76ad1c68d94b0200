"""What an erasure leaves at Stripe: nobody who asked for anything, and no reason that somebody gave.

Its events are not looked at: they are Stripe's own log, which nobody can change, and it lists them for 30 days. Source:
https://docs.stripe.com/api/events
"""

import re
from dataclasses import replace
from typing import Any

from chalicelib.actions.asking import Asker
from chalicelib.actions.buy_credits import buy_credits
from chalicelib.actions.cancel_subscription import cancel_subscription
from chalicelib.actions.change_subscription import Request, change_subscription
from chalicelib.actions.erase import erase
from chalicelib.actions.open_portal import open_portal
from chalicelib.actions.refund_purchase import refund_purchase
from chalicelib.actions.set_recharge import RuleWish, set_recharge
from chalicelib.deps import Deps
from chalicelib.domain.erasable import acting
from chalicelib.domain.money import Money
from chalicelib.domain.wishes import Wish
from infra.local.stripe import refunds
from infra.local.stripe.state import shown
from tests.actions.mortal import dying_at, told
from tests.actions.recharging import pursued, spend
from tests.actions.world import URLS, Instead, World

ADA = Asker("key:test member:ada")
FAILS_BACK = "4000000000005126"


def naming_her(world: World) -> set[str]:
    """The kinds of Stripe's objects that name her, in whichever field."""
    kinds = world.emulator.state._objects
    return {
        kind
        for kind, found in kinds.items()
        if kind != "event" and any(re.search(r"\bada\b", repr(shown(each)), re.IGNORECASE) for each in found.values())
    }


def subscribing(world: World) -> None:
    asked = Request(Wish("team", "month", 3), *URLS)
    world.pay(change_subscription(world.deps, "acme", asked, ADA).url or "")
    told(world)


def buying(world: World, operation: str = "p1", **card: str) -> str:
    purchase, url = buy_credits(world.deps, "acme", "starter", URLS, replace(ADA, operation=operation))
    world.pay(url, **card)
    told(world)
    return purchase.id


def refunding(deps: Deps, purchase: str) -> None:
    refund_purchase(deps, "acme", purchase, None, "Ada wants it", replace(ADA, operation="r1"))


def changing(world: World, seats: int) -> None:
    change_subscription(world.deps, "acme", Request(Wish(seats=seats)), ADA)
    told(world)


def test_stripe_is_left_without_who_asked_and_why(world: World) -> None:
    world.account()
    subscribing(world)
    assert naming_her(world) == set()
    purchase = buying(world)
    changing(world, 5)
    changing(world, 2)
    open_portal(world.deps, "acme", URLS[0], None, Asker("key:test", "op"))
    set_recharge(world.deps, "acme", RuleWish(True, 1_000, "starter", Money(5_000, "eur")), ADA)
    spend(world, world.stored()[0].balance - 500, "e1")
    pursued(world)
    refunding(world.deps, purchase)
    cancel_subscription(world.deps, "acme", None, "Ada left", ADA)
    told(world)
    made = {kind for kind, found in world.emulator.state._objects.items() if found}
    assert {"subscription_schedule", "invoice", "payment_intent", "charge", "checkout.session"} <= made
    assert naming_her(world) == {"refund", "subscription"}

    erase(world.deps, "acme", "Acme", ADA)

    assert naming_her(world) == set()


def test_a_refund_whose_process_died_before_it_was_booked_names_nobody_once_it_is(world: World) -> None:
    world.account()
    purchase = buying(world)
    assert dying_at(world, 1, lambda deps: refunding(deps, purchase))

    erase(world.deps, "acme", "Acme", ADA)
    told(world)

    assert [each["status"] for each in world.emulator.state.every("refund")] == ["succeeded"]
    assert naming_her(world) == set()


def test_a_refund_sent_just_when_the_account_is_erased_names_nobody(world: World) -> None:
    world.account()
    purchase, real = buying(world), world.deps.stripe.refunds

    def send(*args: Any, **named: Any) -> Any:
        erase(world.deps, "acme", "Acme", ADA)
        return real.send(*args, **named)

    refunding(world.with_stripe(refunds=Instead(real, {"send": send})), purchase)

    assert [each["status"] for each in world.emulator.state.every("refund")] == ["succeeded"]
    assert naming_her(world) == set()


def test_a_refund_that_failed_names_nobody_and_the_audit_log_still_does(world: World) -> None:
    world.account()
    refunding(world.deps, buying(world, card=FAILS_BACK))
    told(world)
    assert naming_her(world) == {"refund"}

    refunds.turn(world.emulator.state, next(world.emulator.state.every("refund")))
    told(world)

    assert naming_her(world) == set()
    [entry] = [each for each in world.deps.store.entries("acme", before=None, limit=50) if each.note]
    assert (acting(entry.actor), entry.note, entry.lines[0].kind) == ("ada", "Ada wants it", "refund")
