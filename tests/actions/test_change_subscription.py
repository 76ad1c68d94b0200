"""From Free to a paid plan through Checkout; what is refused, what is not built, and two who click at once."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from chalicelib.actions.asking import Asker
from chalicelib.actions.change_subscription import Outcome, Request, change_subscription
from chalicelib.domain.wishes import Wish
from chalicelib.errors import ChangeInProgress, Invalid, NotForSale, UnknownAccount, UnknownPlan
from tests.actions.world import DECLINED, KEY, URLS, Died, World, dying_after, insisting

TEAM = Wish("team", seats=3)


def wishing(world: World, wish: Wish, urls: tuple[str | None, str | None] = URLS) -> Outcome:
    return change_subscription(world.deps, "acme", Request(wish, *urls), KEY)


def checkout(world: World, wish: Wish = TEAM) -> str:
    outcome = wishing(world, wish)
    assert outcome.outcome == "checkout"
    assert outcome.url
    return outcome.url


def test_checkout_makes_the_plan_active_from_its_events_alone(world: World) -> None:
    world.account()

    world.pay(checkout(world))
    world.deliver()

    seen = world.seen()
    assert (seen.plan, seen.interval, seen.status, seen.standing) == ("team", "month", "active", "good")
    assert (seen.seats.bought, seen.seats.active) == (3, 1)
    assert seen.payment_method is not None
    assert seen.payment_method.last4 == "4242"
    assert seen.usage_period.start == world.stored()[1].subscription.created  # type: ignore[union-attr]
    assert world.emulator.state.problems == []


def test_the_buyer_may_choose_other_seats_on_the_page(world: World) -> None:
    world.account()

    world.pay(checkout(world), seats=7)
    world.deliver()

    assert world.seen().seats.bought == 7


def test_seats_left_out_are_the_plans_minimum(world: World) -> None:
    world.account()

    world.pay(checkout(world, Wish("business")))
    world.deliver()

    assert world.seen().seats.bought == 5


def test_the_card_becomes_the_customers_default(world: World) -> None:
    world.account()

    world.pay(checkout(world))
    world.deliver()

    customer = world.stored()[1].stripe_customer_id
    assert customer is not None
    assert world.deps.stripe.payment_method(customer) == world.seen().payment_method


def test_a_declined_card_changes_nothing(world: World) -> None:
    world.account()
    url = checkout(world)

    world.pay(url, card=DECLINED)
    world.deliver()

    assert world.seen().plan == "free"


def test_the_same_wish_gets_the_page_that_is_still_open(world: World) -> None:
    world.account()

    assert checkout(world) == checkout(world)
    assert len(world.requests("POST", "/v1/checkout/sessions")) == 1


def test_two_who_click_at_once_get_one_customer_and_one_page(world: World) -> None:
    world.account()

    with ThreadPoolExecutor(2) as both:
        urls = set(both.map(lambda _: checkout(world), range(2)))

    assert len(urls) == 1
    assert len(world.operator.v1.customers.list({"limit": 10}).data) == 1


def test_another_wish_closes_the_page_before(world: World) -> None:
    world.account()
    first = checkout(world)

    second = checkout(world, Wish("business"))

    assert first != second
    sessions = world.operator.v1.checkout.sessions.list({"limit": 10}).data
    assert [each.status for each in sessions] == ["open", "expired"]


def test_a_page_that_expired_is_replaced(world: World) -> None:
    world.account()
    first = checkout(world)
    world.pay(first, outcome="expire")

    assert checkout(world) != first


def test_who_just_subscribed_is_not_sold_a_second_subscription(world: World) -> None:
    world.account()
    world.pay(checkout(world))

    with pytest.raises(ChangeInProgress):
        wishing(world, TEAM)

    assert world.seen().plan == "team"
    assert wishing(world, TEAM).outcome == "unchanged"


def test_dying_after_the_customer_was_made_still_leaves_one_customer(world: World) -> None:
    world.account()
    broken = world.with_stripe(create_customer=dying_after(world.deps.stripe.create_customer))
    with pytest.raises(Died):
        change_subscription(broken, "acme", Request(TEAM, *URLS), KEY)

    checkout(world)

    assert len(world.operator.v1.customers.list({"limit": 10}).data) == 1


@pytest.mark.parametrize("faults", [2, 6])
def test_stripes_failures_leave_one_customer_and_one_page(world: World, faults: int) -> None:
    world.account()
    world.act("webhooks", fail_api=faults)

    world.pay(insisting(lambda: checkout(world)))
    world.act("webhooks", fail_api=0)
    world.deliver()

    assert world.seen().plan == "team"
    assert len(world.operator.v1.customers.list({"limit": 10}).data) == 1
    assert len(world.operator.v1.subscriptions.list({"status": "all"}).data) == 1


def test_a_customer_deleted_at_stripe_is_made_anew(world: World) -> None:
    world.account()
    checkout(world)
    _, profile = world.stored()
    broken = world.with_stripe(customer_exists=lambda _id: False)

    outcome = change_subscription(broken, "acme", Request(Wish("personal"), *URLS), KEY)

    assert outcome.url
    assert world.stored()[1].stripe_customer_id not in (None, profile.stripe_customer_id)


def test_a_plan_sold_by_people_says_where_they_are(world: World) -> None:
    world.account()

    outcome = wishing(world, Wish("enterprise"), (None, None))

    assert (outcome.outcome, outcome.url) == ("contact_sales", "https://www.example.com/contact-sales")


def test_free_for_who_is_free_changes_nothing(world: World) -> None:
    world.account()

    assert wishing(world, Wish("free"), (None, None)).outcome == "unchanged"


def test_free_for_a_subscriber_is_cancelling(world: World) -> None:
    world.account()
    world.pay(checkout(world))
    world.deliver()

    outcome = wishing(world, Wish("free"), (None, None))

    assert (outcome.outcome, outcome.overview.plan) == ("scheduled", "team")
    assert outcome.overview.ends_at == outcome.overview.period.end
    assert wishing(world, Wish("free"), (None, None)).outcome == "unchanged"


@pytest.mark.parametrize(
    ("why", "wish"),
    [
        ("the plan as it is", Wish("team")),
        ("nothing wished", Wish()),
        ("the seats as they are", Wish(seats=3)),
        ("all as it is", Wish("team", "month", 3)),
    ],
)
def test_a_wish_for_what_is_there_changes_nothing(world: World, why: str, wish: Wish) -> None:
    world.account()
    world.pay(checkout(world))
    world.deliver()

    assert wishing(world, wish).outcome == "unchanged", why


@pytest.mark.parametrize(
    ("why", "wish", "urls", "fields"),
    [
        ("one seat too few", Wish("team", seats=1), URLS, ["seats"]),
        ("one seat too many", Wish("team", seats=101), URLS, ["seats"]),
        ("seats of a plan that has its own", Wish("personal", seats=2), URLS, ["seats"]),
        ("nowhere to come back to", Wish("team"), (None, None), ["success_url", "cancel_url"]),
        ("all at once", Wish("team", seats=0), (None, None), ["seats", "success_url", "cancel_url"]),
        ("no plan to change", Wish(seats=3), URLS, ["plan"]),
    ],
)
def test_an_impossible_wish_is_told_whole(
    world: World, why: str, wish: Wish, urls: tuple[str | None, str | None], fields: list[str]
) -> None:
    world.account()

    with pytest.raises(Invalid) as refused:
        wishing(world, wish, urls)

    assert [problem.field for problem in refused.value.problems] == fields, why
    assert world.operator.v1.customers.list().data == []


@pytest.mark.parametrize(("seats", "plan"), [(2, "team"), (100, "team"), (1, "personal")])
def test_the_first_and_the_last_number_of_seats_are_sold(world: World, seats: int, plan: str) -> None:
    world.account()

    assert checkout(world, Wish(plan, seats=seats))


def test_what_is_not_offered_is_refused(world: World) -> None:
    world.account()

    with pytest.raises(UnknownPlan):
        wishing(world, Wish("gold"))
    with pytest.raises(NotForSale):
        wishing(world, Wish("team", interval="week"))
    with pytest.raises(UnknownAccount):
        change_subscription(world.deps, "nobody", Request(TEAM, *URLS), KEY)


def test_the_free_plan_has_neither_interval_nor_seats_to_choose(world: World) -> None:
    world.account()

    with pytest.raises(Invalid) as refused:
        change_subscription(world.deps, "acme", Request(Wish("free", "year", 5), *URLS), Asker("owner"))

    assert [problem.field for problem in refused.value.problems] == ["interval", "seats"]
