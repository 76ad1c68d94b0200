"""Grants, lots, purchases and the journal's pages."""

from dataclasses import replace

import pytest

from chalicelib.actions.count_usage import count_usage
from chalicelib.adapters.dynamo.store import DynamoStore
from chalicelib.deps import Beside
from chalicelib.domain import journal
from chalicelib.domain.accounts import State
from chalicelib.domain.adjustments import Adjustment, adjusted
from chalicelib.domain.credits import Purchase
from chalicelib.domain.money import Money
from chalicelib.errors import ConditionFailed, Unavailable
from tests.adapters.dynamo.wires import Stale, Struck, answer_lost, meanwhile
from tests.invariants import assert_sound
from tests.offers import OFFERS
from tests.stores import Database
from tests.usage_builders import NOW, an_event, granting

OPEN = Purchase("p1", "acme", "starter", 500, Money(500, "eur"), "open", NOW, stripe_session_id="cs_1")


def grant(store: DynamoStore, account: str, cause: str = "purchase:p1", credits: int = 500) -> State:
    state = store.state(account, consistent=True)
    assert state is not None
    queue = store.lots(state)
    assert queue is not None
    return store.commit(granting(journal.begin(state, NOW, OFFERS), cause, credits, queue))


def settle(store: DynamoStore, account: str, purchase: Purchase) -> None:
    """The grant and the purchase that is paid by it, in one write."""
    state = store.state(account, consistent=True)
    assert state is not None
    change = granting(journal.begin(state, NOW, OFFERS), purchase.cause, purchase.credits, store.lots(state) or ())
    store.commit(change, beside=Beside(purchase=replace(purchase, state="paid", paid=Money(500, "eur"))))


def test_grants_queue_up_and_usage_eats_them_in_order(database: Database, account: str) -> None:
    database.open(account)
    store = database.store()
    grant(store, account, "a", 100)
    grant(store, account, "b", 50)
    count_usage(database.deps(store), account, [an_event("e", quantity=23)])
    grant(store, account, "c", 20)

    state = assert_sound(database, account)
    lots = database.store().lots(state)

    assert lots is not None
    assert [(lot.id, lot.left) for lot in lots] == [("b", 20), ("c", 20)]
    assert state.balance == 40


def test_an_account_without_grants_has_no_lots_and_nobody_looks(database: Database, account: str) -> None:
    opened = database.open(account)

    assert database.store(None).lots(opened) == ()


def test_lots_of_another_state_are_read_again_and_then_refused(model: Database, account: str) -> None:
    model.open(account)
    store = model.store()
    first = grant(store, account, "a", 100)
    stale = Stale(model, account)
    second = grant(store, account, "b", 50)

    found = model.store(stale).lots(second)

    assert found is not None
    assert [lot.id for lot in found] == ["a", "b"]
    assert model.store(stale).lots(first) is not None
    assert model.store().lots(first) is None


# -- purchases


def test_a_purchase_is_saved_once_and_moves_on_from_what_it_was(database: Database, account: str) -> None:
    database.open(account)
    store, purchase = database.store(), replace(OPEN, account=account)
    store.save_purchase(purchase, was=None)

    with pytest.raises(ConditionFailed):
        store.save_purchase(purchase, was=None)
    store.save_purchase(replace(purchase, state="expired"), was="open")
    with pytest.raises(ConditionFailed):
        store.save_purchase(replace(purchase, state="failed"), was="open")

    assert database.store().purchase(account, "p1", consistent=True) == replace(purchase, state="expired")
    assert store.purchase(account, "p2") is None


def test_a_purchase_is_granted_once_whoever_reports_it(database: Database, account: str) -> None:
    database.open(account)
    store, purchase = database.store(), replace(OPEN, account=account)
    store.save_purchase(purchase, was=None)

    settle(store, account, purchase)
    with pytest.raises(ConditionFailed):
        settle(database.store(), account, purchase)

    assert assert_sound(database, account).balance == 500
    assert database.store().purchase(account, "p1", consistent=True) == replace(
        purchase, state="paid", paid=Money(500, "eur")
    )


def test_of_two_that_grant_one_purchase_at_once_one_does(database: Database, account: str) -> None:
    database.open(account)
    purchase = replace(OPEN, account=account)
    database.store().save_purchase(purchase, was=None)
    store = database.store(Struck(database.wire, meanwhile(lambda: settle(database.store(), account, purchase))))

    with pytest.raises(ConditionFailed):
        settle(store, account, purchase)
    with pytest.raises(ConditionFailed):
        settle(store, account, purchase)

    assert assert_sound(database, account).balance == 500


def test_a_grant_whose_answer_is_lost_is_not_given_again(database: Database, account: str) -> None:
    database.open(account)
    purchase = replace(OPEN, account=account)
    database.store().save_purchase(purchase, was=None)

    with pytest.raises(Unavailable):
        settle(database.store(Struck(database.wire, answer_lost)), account, purchase)
    with pytest.raises(ConditionFailed):
        settle(database.store(), account, purchase)

    assert assert_sound(database, account).balance == 500


def test_a_purchase_that_has_expired_is_not_granted(database: Database, account: str) -> None:
    database.open(account)
    purchase = replace(OPEN, account=account)
    database.store().save_purchase(replace(purchase, state="expired"), was=None)

    with pytest.raises(ConditionFailed):
        settle(database.store(), account, purchase)

    assert assert_sound(database, account).balance == 0


# -- adjustments


@pytest.mark.parametrize("ends", [None, NOW + 60])
def test_an_adjustment_is_kept_beside_its_entry(database: Database, account: str, ends: int | None) -> None:
    state, store = database.open(account), database.store()
    made = Adjustment("adj_1", 5, "sorry — Zoë", ends, NOW, "key:bk_1", balance=5, available=5)
    assert store.adjustment(account, "adj_1") is None

    store.commit(adjusted(journal.begin(state, NOW, OFFERS), made, ()), beside=Beside(adjustment=made))

    assert database.store().adjustment(account, "adj_1") == replace(made, reason=""), "that is erased one day"
    assert database.store().adjustments(account) == [replace(made, reason="")]
    assert_sound(database, account)


# -- the journal's pages


@pytest.mark.parametrize("limit", [1, 2, 3, 7, 100])
def test_pages_neither_skip_nor_repeat(database: Database, account: str, limit: int) -> None:
    database.open(account)
    store = database.store()
    for k in range(6):
        grant(store, account, f"g{k}", 10)

    numbers, before = list[int](), None
    while page := store.entries(account, before=before, limit=limit):
        numbers += [entry.number for entry in page]
        before = page[-1].position
        grant(store, account, f"meanwhile{len(numbers)}", 1)

    assert numbers == [6, 5, 4, 3, 2, 1, 0]


def test_entries_come_back_as_they_were_written(database: Database, account: str) -> None:
    database.open(account)
    store = database.store()
    count_usage(database.deps(store), account, [an_event("e1", "events"), an_event("e2", quantity=3)])
    state = store.state(account, consistent=True)
    assert state is not None
    change = granting(journal.begin(state, NOW, OFFERS), "purchase:p1", 500).because("purchase:p1", "ada")
    _, entry = change.setting(plan="team").finished(OFFERS)

    store.commit(change.setting(plan="team"))

    assert database.store().entries(account, before=None, limit=1) == [entry]
