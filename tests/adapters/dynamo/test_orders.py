"""What a change of the subscription leaves in the tables while it is on its way: written together, found when due."""

from dataclasses import fields, replace

import pytest

from chalicelib.domain import journal
from chalicelib.domain.accounts import Profile
from chalicelib.domain.money import Money
from chalicelib.domain.orders import Order
from chalicelib.domain.subscriptions import PaymentRequired, Pending, Scheduled
from chalicelib.domain.wishes import CANCELLED, Terms
from chalicelib.errors import ConditionFailed
from chalicelib.messages import DueMessage
from tests.builders import CARD, a_profile, a_subscription, an_invoice
from tests.offers import OFFERS
from tests.stores import Database
from tests.usage_builders import NOW

ORDER = Order(
    id="token1",
    kind="change_applied",
    terms=Terms("business", "month", 5),
    after=Terms("team", "year", 3),
    before=CANCELLED,
    at=NOW - 30,
    actor="ada",
    until=NOW + 120,
    waiting=True,
    reason="unused",
    comment="Nous étions peu. 株",
    asked=NOW,
    had=Terms("team", "month", 2),
)


def a_full_profile(account: str, version: int) -> Profile:
    """A profile that has everything a change can leave in it."""
    subscription = a_subscription(
        latest_invoice=an_invoice(),
        scheduled=Scheduled("sub_sched_1", "team", "month", 2, NOW + 1),
        pending=Pending("business", "month", 5, NOW + 82_800),
        cancel_at=NOW,
        stripe_payment_method_id="pm_1",
    )
    return a_profile(
        account,
        subscription=subscription,
        payment_method=CARD,
        payment_required=PaymentRequired("https://x.example.com", Money(5, "eur"), NOW),
        drift="the price is unknown",
        beside=("sub_2", "sub_3"),
        card_told="pm_1:2030-12",
        order=ORDER,
        checkout_by="key:test member:ada",
        erased=NOW,
        version=version,
    )


def kept(database: Database, account: str) -> Profile:
    found = database.store().account(account, consistent=True)
    assert found is not None
    return found[1]


def test_an_order_and_all_about_it_comes_back_as_it_was_written(database: Database, account: str) -> None:
    database.open(account)
    written = a_full_profile(account, kept(database, account).version)

    saved = database.store().save_profile(written)

    assert kept(database, account) == saved == replace(written, version=written.version + 1)
    assert {each.name for each in fields(Profile) if getattr(saved, each.name) in (None, ())} == set()


def test_an_order_that_is_done_leaves_nothing_behind(database: Database, account: str) -> None:
    database.open(account)
    store, bare = database.store(), kept(database, account)

    full = store.save_profile(a_full_profile(account, bare.version))
    store.save_profile(replace(bare, version=full.version))

    assert kept(database, account) == replace(bare, version=full.version + 1)


def test_a_state_says_when_its_order_is_looked_after_and_is_due_then(database: Database, account: str) -> None:
    opened = database.open(account)
    store, profile = database.store(), kept(database, account)

    def due(now: int) -> list[DueMessage]:
        return [each for each in store.due(now, limit=1000) if each.account == account]

    placed = store.commit(
        journal.begin(opened, NOW, OFFERS).setting(wish=NOW + 60), profile=replace(profile, order=ORDER)
    )
    before, at = due(NOW + 59), due(NOW + 60)
    done = store.commit(
        journal.begin(placed, NOW + 1, OFFERS).setting(wish=None), profile=replace(profile, version=profile.version + 1)
    )

    assert (before, at, due(NOW + 60)) == ([], [DueMessage(account, NOW + 60)], [])
    assert (placed.wish, done.wish) == (NOW + 60, None)
    assert database.state(account) == done
    assert kept(database, account).order is None


def test_of_two_orders_placed_at_once_one_stands_with_its_state(database: Database, account: str) -> None:
    opened = database.open(account)
    store, profile = database.store(), kept(database, account)

    def place(id: str) -> None:
        change = journal.begin(opened, NOW, OFFERS).setting(wish=NOW + 60).because(f"order:{id}")
        store.commit(change, profile=replace(profile, order=replace(ORDER, id=id)))

    place("first")
    with pytest.raises(ConditionFailed):
        place("second")

    order = kept(database, account).order
    assert order is not None
    assert order.id == "first"
    assert database.state(account).entries == 2
