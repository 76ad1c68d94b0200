"""A preview is what will be done, to the cent and the line, and holds for a quarter of an hour of nothing else."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import Any

import pytest

from chalicelib.actions.cancel_subscription import cancel_subscription
from chalicelib.actions.change_subscription import Request, change_subscription
from chalicelib.actions.preview_ids import LASTS_SECONDS, Promise, check_promise, instant_of, preview_id
from chalicelib.domain.invoices import Bill, InvoiceLine
from chalicelib.domain.money import Money
from chalicelib.domain.periods import Period
from chalicelib.domain.wishes import NOW as AT_ONCE
from chalicelib.domain.wishes import Decision, Wish
from chalicelib.errors import PreviewStale, UnknownPreview
from tests.actions.changing import invoices, is_settled, previewing, scheduled, subscriber, sync, terms, wishing
from tests.actions.life import subscription_of
from tests.actions.mortal import Moments, moments
from tests.actions.world import KEY, URLS, World
from tests.builders import NOW

DAY = 86_400
BUSINESS = Wish("business")


@pytest.fixture(scope="module")
def begun() -> Iterator[tuple[Moments, bytes]]:
    with moments() as kept:
        subscriber(kept.world)
        kept.world.account("other")
        yield kept, kept.kept()


@pytest.fixture
def world(begun: tuple[Moments, bytes]) -> World:
    """Team by the month with three seats, a few days after it began."""
    kept, moment = begun
    kept.back_to(moment)
    return kept.world


def later(world: World, seconds: int) -> None:
    world.clock.move_to(world.clock.now() + seconds)


def changing(world: World, preview: str, account: str = "acme", wish: Wish = BUSINESS) -> Any:
    return change_subscription(world.deps, account, Request(wish, *URLS, preview_id=preview), KEY)


def discounted(world: World) -> None:
    coupon = world.operator.v1.coupons.create({"percent_off": 15, "duration": "forever"}).id
    own: Any = {"discounts": [{"coupon": coupon}]}
    world.operator.v1.subscriptions.update(subscription_of(world).stripe_subscription_id, own)
    sync(world)


def with_a_balance(world: World, amount: int = -777) -> None:
    owed: Any = {"amount": amount, "currency": "eur"}
    world.operator.v1.customers.balance_transactions.create(subscription_of(world).stripe_customer_id, owed)


def lines(shown: Iterable[InvoiceLine]) -> list[InvoiceLine]:
    """Without the periods' first instants: a year that is bought begins when it is done."""
    return [replace(each, period=Period(0, each.period.end // DAY)) for each in shown]


def as_it_is(_: World) -> None: ...


@pytest.mark.parametrize("days", [1, 26])
@pytest.mark.parametrize(
    ("why", "before", "wish"),
    [
        ("a higher plan", as_it_is, ("business",)),
        ("more seats", as_it_is, (None, None, 7)),
        ("by the year", as_it_is, (None, "year")),
        ("a higher plan by the year", as_it_is, ("business", "year", 6)),
        ("a discount", discounted, ("business",)),
        ("a discount by the year", discounted, (None, "year")),
        ("a discount of what was to end", lambda world: (discounted(world), wishing(world, "free")), ("business",)),
        ("a balance in the customer's favour", with_a_balance, (None, "year")),
        ("one that is more than this costs", lambda world: with_a_balance(world, -33_333), ("business",)),
        ("one that the customer owes", lambda world: with_a_balance(world, 777), ("business",)),
        ("a lower plan is scheduled", lambda world: wishing(world, "personal"), (None, None, 7)),
        ("it is to end", lambda world: wishing(world, "free"), ("business",)),
        ("more in the same period", lambda world: wishing(world, seats=4), ("business",)),
    ],
)
def test_what_is_done_is_what_was_shown(
    world: World, why: str, days: int, before: Callable[[World], Any], wish: tuple[Any, ...]
) -> None:
    later(world, days * DAY + 12_345)
    before(world)
    already = len(invoices(world))
    shown = previewing(world, *wish)
    later(world, 240)

    assert wishing(world, *wish, preview=shown.preview_id).outcome == "applied", why

    [(_, status, total)] = invoices(world)[already:]
    invoice = subscription_of(world).latest_invoice
    assert invoice
    assert (status, invoice.amount_due) == ("paid", shown.bill.due)
    made = world.deps.stripe.invoice(invoice.stripe_invoice_id)
    assert (made.amount_paid, made.tax) == (shown.bill.due.amount, shown.bill.tax)
    assert lines(world.deps.stripe.invoice_lines(invoice.stripe_invoice_id)) == lines(shown.bill.lines)
    assert sum(line.amount for line in shown.bill.lines) >= made.subtotal == total - made.tax
    renewal = world.seen().next_charge
    assert renewal
    assert shown.next_charge
    assert 0 <= renewal.at - shown.next_charge.at <= 300
    assert renewal.money == shown.next_charge.money
    assert is_settled(world)


def test_a_preview_changes_nothing(world: World) -> None:
    later(world, DAY)
    before = world.stored()
    world.emulator.state.requests.clear()

    for wish in (("business",), ("personal",), ("free",), (None, "year")):
        previewing(world, *wish)

    written = {each["path"] for each in world.emulator.state.requests if each["method"] != "GET"}
    assert written == {"/v1/invoices/create_preview"}
    assert world.stored() == before


def by_people(world: World, **params: Any) -> None:
    own = subscription_of(world)
    item: Any = {"id": own.stripe_item_id, "quantity": own.seats, **params}
    changed: Any = {"items": [item], "proration_behavior": "none"}
    world.operator.v1.subscriptions.update(own.stripe_subscription_id, changed)


@pytest.mark.parametrize("wish", [("business",), ("personal",), ("free",)])
@pytest.mark.parametrize(
    ("why", "meanwhile"),
    [
        ("another tab bought seats", lambda world: wishing(world, seats=4)),
        ("another tab scheduled fewer", lambda world: wishing(world, seats=2)),
        ("it was bought by the year", lambda world: wishing(world, interval="year")),
        ("somebody changed the seats in the dashboard", lambda world: by_people(world, quantity=4)),
    ],
)
def test_whatever_changed_meanwhile_makes_it_stale(
    world: World, why: str, meanwhile: Callable[[World], Any], wish: tuple[Any, ...]
) -> None:
    later(world, DAY)
    shown = previewing(world, *wish)
    meanwhile(world)
    sync(world)
    before = terms(world), scheduled(world), world.seen().ends_at, invoices(world)

    with pytest.raises(PreviewStale):
        wishing(world, *wish, preview=shown.preview_id)

    assert (terms(world), scheduled(world), world.seen().ends_at, invoices(world)) == before, why
    assert is_settled(world)


def test_a_cancellation_meanwhile_makes_an_upgrade_stale(world: World) -> None:
    shown = previewing(world, "business")
    cancel_subscription(world.deps, "acme", None, None, KEY)

    with pytest.raises(PreviewStale):
        changing(world, shown.preview_id)


def test_a_discount_meanwhile_makes_it_stale_and_another_wish_is_not_what_was_shown(world: World) -> None:
    later(world, DAY)
    shown = previewing(world, "business")

    with pytest.raises(PreviewStale):
        changing(world, shown.preview_id, wish=Wish("business", seats=6))
    discounted(world)
    with pytest.raises(PreviewStale):
        changing(world, shown.preview_id)


def test_a_new_period_makes_it_stale(world: World) -> None:
    end = subscription_of(world).period.end
    world.pass_time(end - 1)
    shown = previewing(world, "business")
    world.pass_time(end)

    with pytest.raises(PreviewStale):
        changing(world, shown.preview_id)
    assert terms(world) == ("team", "month", 3)


def test_it_holds_for_a_quarter_of_an_hour(world: World) -> None:
    later(world, DAY)
    shown = previewing(world, "business")
    moment = world.clock.now()

    later(world, LASTS_SECONDS)
    with pytest.raises(PreviewStale):
        changing(world, shown.preview_id)
    fresh = previewing(world, "business")
    later(world, LASTS_SECONDS - 60)

    assert changing(world, fresh.preview_id).outcome == "applied"
    assert world.clock.now() < moment + 2 * LASTS_SECONDS


BILL = Bill(Money(100, "eur"), 19, ())
PROMISE = Promise(Decision(AT_ONCE), BILL, "team_month", 3, None, None)


@pytest.mark.parametrize(("after", "holds"), [(0, True), (LASTS_SECONDS - 1, True), (LASTS_SECONDS, False)])
def test_its_last_second_and_the_first_without_it(after: int, *, holds: bool) -> None:
    given = preview_id("pepper", "acme", PROMISE, NOW - 5, NOW)

    if holds:
        assert instant_of("pepper", "acme", given, NOW + after) == NOW - 5
        check_promise("pepper", "acme", given, PROMISE)
        return
    with pytest.raises(PreviewStale):
        instant_of("pepper", "acme", given, NOW + after)


def parts(of: str, **changed: str) -> str:
    names = ("pv", "at", "made", "ours", "promised")
    return "_".join({**dict(zip(names, of.split("_"), strict=True)), **changed}.values())


@pytest.mark.parametrize(
    ("why", "forge"),
    [
        ("nothing like one", lambda _: "nonsense"),
        ("the form alone", lambda _: "pv_1_2_3_4"),
        ("no number", lambda given: parts(given, at="x")),
        ("another script's digits", lambda given: parts(given, made="\u0661")),
        ("an older instant, to pay less", lambda given: parts(given, at=str(NOW + 9 * DAY))),
        ("made later, to last longer", lambda given: parts(given, made=str(NOW + 9 * DAY))),
        ("one part more", lambda given: f"{given}_0"),
        ("no seal", lambda given: parts(given, ours="")),
        ("a seal of other letters", lambda given: parts(given, ours="\u00e4" * 24)),
    ],
)
def test_a_made_up_id_is_of_no_preview(world: World, why: str, forge: Callable[[str], str]) -> None:
    forged = forge(previewing(world, "business").preview_id)

    with pytest.raises(UnknownPreview):
        changing(world, forged)
    assert (terms(world), invoices(world)) == (("team", "month", 3), []), why


def test_another_accounts_preview_says_no_more_than_a_made_up_one(world: World) -> None:
    shown = previewing(world, "business")

    with pytest.raises(UnknownPreview) as others:
        changing(world, shown.preview_id, account="other")
    with pytest.raises(UnknownPreview) as made_up:
        changing(world, "pv_1_2_3_4", account="other")
    later(world, LASTS_SECONDS)
    with pytest.raises(UnknownPreview) as old:
        changing(world, shown.preview_id, account="other")

    assert {each.value.detail for each in (others, made_up, old)} == {made_up.value.detail}


def test_a_promise_that_was_made_up_is_stale(world: World) -> None:
    shown = previewing(world, "business")

    with pytest.raises(PreviewStale):
        changing(world, parts(shown.preview_id, promised="0" * 24))


@pytest.mark.parametrize(
    ("why", "before", "wish", "dropped"),
    [
        ("a higher plan drops a lower one", ("personal",), ("business",), ["personal"]),
        ("and an end", ("free",), ("business",), ["free"]),
        ("an end drops a lower plan", ("personal",), ("free",), ["personal"]),
        ("more seats drop fewer", (None, None, 2), (None, None, 5), ["team"]),
        ("more seats keep a lower plan", ("personal",), (None, None, 5), []),
        ("and an end", ("free",), (None, None, 5), []),
        ("the same lower plan again keeps itself", ("personal",), ("personal",), []),
        ("the plan in force takes it back", ("personal",), ("team",), ["personal"]),
        ("nothing was scheduled", (), ("business",), []),
    ],
)
def test_it_says_what_would_not_happen_any_more(
    world: World, why: str, before: tuple[Any, ...], wish: tuple[Any, ...], dropped: list[str]
) -> None:
    if before:
        wishing(world, *before)

    shown = previewing(world, *wish)
    wishing(world, *wish, preview=shown.preview_id)

    assert [each.plan for each in shown.drops] == dropped, why
    ahead = [scheduled(world), world.seen().ends_at]
    assert (ahead == [None, None]) is (wish != ("free",) and (bool(dropped) or not before))
