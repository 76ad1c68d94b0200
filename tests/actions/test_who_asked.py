"""The audit log of a subscription: who asked for what Stripe has done since, or is to do one day."""

from typing import Any

import pytest

from chalicelib.actions.asking import Asker
from chalicelib.actions.cancel_subscription import cancel_subscription, forget_scheduled, resume_subscription
from chalicelib.actions.change_subscription import Request, change_subscription
from chalicelib.actions.erase import erase
from chalicelib.deps import Deps
from chalicelib.domain.erasable import acting
from chalicelib.domain.journal import SERVICE
from chalicelib.domain.periods import DAY
from chalicelib.domain.wishes import Wish
from chalicelib.request_errors import Erased
from tests.actions.changing import subscriber, sync
from tests.actions.life import subscription_of
from tests.actions.mortal import dying_at
from tests.actions.world import KEY, URLS, VISA, Died, Instead, World, dying

ADA, BOB = Asker("key:test member:ada"), Asker("key:test member:bob")
DEBIT = "DE89370400440532013000"
FEWER = {"plan": "team", "interval": "month", "seats": 2}
AHEAD = ("schedule", "release", "cancel_at_period_end", "resume")


def wish(deps: Deps, asker: Asker = ADA, **wish: Any) -> str | None:
    return change_subscription(deps, "acme", Request(Wish(**wish), *URLS), asker).url


def logged(world: World, *names: str) -> list[tuple[str | None, str, Any, Any]]:
    """Who touched what of these, oldest first."""
    entries = reversed(world.deps.store.entries("acme", before=None, limit=50))
    touched = [(acting(entry.actor), each) for entry in entries for each in entry.touched]
    return [(who, each.what, each.before, each.after) for who, each in touched if each.what in names]


def overtaken(world: World, *methods: str) -> Deps:
    """Deps whose Stripe tells of each of these before it answers."""

    def telling(call: Any) -> Any:
        def told(*args: Any, **named: Any) -> Any:
            answer = call(*args, **named)
            sync(world)
            return answer

        return told

    return world.with_stripe(**{name: telling(getattr(world.deps.stripe, name)) for name in methods})


@pytest.mark.parametrize("methods", [(), AHEAD], ids=["told by us", "told by Stripe's event first"])
def test_what_lies_ahead_is_logged_with_whoever_asked_for_it(world: World, methods: tuple[str, ...]) -> None:
    subscriber(world)
    ends = {"ends_at": subscription_of(world).period.end}
    deps = overtaken(world, *methods)

    wish(deps, seats=2)
    forget_scheduled(deps, "acme", ADA)
    cancel_subscription(deps, "acme", None, None, ADA)
    resume_subscription(deps, "acme", ADA)

    assert logged(world, "scheduled_change", "cancellation") == [
        ("ada", "scheduled_change", None, FEWER),
        ("ada", "scheduled_change", FEWER, None),
        ("ada", "cancellation", None, ends),
        ("ada", "cancellation", ends, None),
    ]


@pytest.mark.parametrize("methods", [(), ("charge_change",)], ids=["told by us", "told by Stripe's event first"])
def test_what_is_in_force_at_once_is_logged_with_whoever_asked_for_it(world: World, methods: tuple[str, ...]) -> None:
    subscriber(world)

    wish(overtaken(world, *methods), seats=5)

    assert logged(world, "seats_bought")[-1] == ("ada", "seats_bought", 3, 5)


@pytest.mark.parametrize("methods", [(), ("charge_change",)], ids=["told by us", "told by Stripe's event first"])
def test_another_interval_is_logged_with_whoever_asked_for_it(world: World, methods: tuple[str, ...]) -> None:
    subscriber(world)

    wish(overtaken(world, *methods), interval="year")

    assert logged(world, "interval")[-1] == ("ada", "interval", "month", "year")


def opened(world: World, asker: Asker = ADA, plan: str = "team", deps: Deps | None = None) -> str:
    """The page that he is shown."""
    return wish(deps or world.deps, asker, plan=plan, seats=3 if plan == "team" else None) or ""


def noted(world: World) -> str | None:
    return world.stored()[1].checkout_by


def test_a_first_plan_is_of_whoever_opened_its_checkout_and_then_the_journal_alone_names_him(world: World) -> None:
    world.account()
    url = opened(world)
    assert opened(world, BOB) == url
    assert noted(world) == ADA.actor

    world.pay(url)
    world.deliver()

    assert logged(world, "plan") == [(None, "plan", None, "free"), ("ada", "plan", "free", "team")]
    assert noted(world) is None
    period = subscription_of(world).period
    cancel_subscription(world.deps, "acme", None, None, ADA)
    world.pass_time(period.end + 1)
    assert logged(world, "plan")[-1] == (None, "plan", "team", "free")


def test_who_asks_for_another_plan_opens_another_page_that_is_his(world: World) -> None:
    world.account()
    opened(world, plan="personal")

    world.pay(opened(world, BOB))
    world.deliver()

    assert logged(world, "plan")[-1] == ("bob", "plan", "free", "team")


def test_a_first_plan_by_debit_is_his_though_it_is_paid_days_later(world: World) -> None:
    world.account()
    world.pay(opened(world), card=DEBIT)
    world.deliver()
    assert (world.seen().plan, noted(world)) == ("free", ADA.actor)

    world.pass_time(world.clock.now() + 4 * DAY)

    assert logged(world, "plan")[-1] == ("ada", "plan", "free", "team")
    assert noted(world) is None


@pytest.mark.parametrize("at", range(4))
def test_whose_process_dies_while_he_opens_a_page_is_not_named_for_the_page_of_another(world: World, at: int) -> None:
    world.account()
    assert dying_at(world, at, lambda deps: opened(world, plan="personal", deps=deps))

    world.pay(opened(world, BOB))
    world.deliver()

    assert logged(world, "plan")[-1] == ("bob", "plan", "free", "team")


def test_of_two_plans_asked_for_at_once_the_one_that_is_paid_is_its_askers(world: World) -> None:
    world.account()
    real, others = world.deps.stripe.checkout_plan, list[str]()

    def overtaken(*args: Any, **named: Any) -> Any:
        others.append(opened(world, BOB, "business"))
        return real(*args, **named)

    url = opened(world, ADA, "team", world.with_stripe(checkout_plan=overtaken))
    world.pay(url)
    world.deliver()

    assert others != [url]
    assert logged(world, "plan")[-1] == ("ada", "plan", "free", "team")


def test_a_plan_that_people_sell_is_nobodys_who_had_a_page_open(world: World) -> None:
    world.account()
    opened(world)
    stripe, customer = world.operator.v1, world.stored()[1].stripe_customer_id or ""
    world.act(f"customers/{customer}/card", card=VISA)
    price = stripe.prices.list({"lookup_keys": ["team_month"]}).data[0].id
    stripe.subscriptions.create({"customer": customer, "items": [{"price": price, "quantity": 3}]})
    world.deliver()

    assert logged(world, "plan")[-1] == (None, "plan", "free", "team")
    assert noted(world) is None


def test_a_subscription_that_was_another_accounts_is_nobodys_who_had_a_page_open(world: World) -> None:
    subscriber(world)
    world.account("other")
    change_subscription(world.deps, "other", Request(Wish("team", "month", 3), *URLS), ADA)
    world.operator.v1.subscriptions.update(
        subscription_of(world).stripe_subscription_id, {"metadata": {"account": "other"}}
    )
    world.deliver()

    state, profile = world.stored("other")
    assert (state.plan, profile.checkout_by) == ("team", None)
    assert {entry.actor for entry in world.deps.store.entries("other", before=None, limit=50)} == {"key:test", SERVICE}


def test_an_erasure_forgets_who_opened_a_page_and_lets_nobody_open_one(world: World) -> None:
    world.account()
    opened(world)
    erased: list[Any] = []

    def meanwhile(*args: Any, **named: Any) -> Any:
        found = world.deps.stripe.checkouts(*args, **named)
        if not erased:
            erased.append(erase(world.deps, "acme", "Acme", KEY))
        return found

    with pytest.raises(Erased):
        opened(world, BOB, "personal", world.with_stripe(checkouts=meanwhile))

    assert noted(world) is None
    assert [each for each in world.emulator.state.every("checkout.session") if each["status"] == "open"] == []


def test_what_is_paid_just_when_the_account_is_erased_names_nobody_in_the_end(world: World) -> None:
    world.account()
    world.pay(opened(world))
    begun = world.with_store(dossiers=Instead(world.deps.store.dossiers, {"erase_people": dying}))
    with pytest.raises(Died):
        erase(begun, "acme", "Acme", KEY)
    world.deliver()

    erase(world.deps, "acme", "Acme", KEY)

    assert {who for who, *_ in logged(world, "plan", "account")} == {None}
    assert (noted(world), world.seen().plan) == (None, "free")
