"""Accounts, profiles, members, keys and what is due: each method one atomic write or one read."""

from dataclasses import replace

import pytest

from chalicelib.adapters.dynamo.connect import open_store
from chalicelib.adapters.dynamo.state import SHARDS, shard_of
from chalicelib.adapters.dynamo.tables import in_turn
from chalicelib.domain import journal
from chalicelib.domain.periods import DAY
from chalicelib.errors import ConditionFailed, Unavailable
from chalicelib.messages import DueMessage
from chalicelib.settings import Settings
from tests.adapters.dynamo.wires import Recorded, Struck, answer_lost, cancelled, meanwhile
from tests.builders import a_profile
from tests.invariants import assert_sound
from tests.offers import OFFERS
from tests.stores import Database, engine_database
from tests.usage_builders import CREATED, NOW, a_state, an_opening

APRIL = CREATED + 31 * DAY


def test_an_account_opens_with_its_first_entry_its_owner_and_its_profile(database: Database, account: str) -> None:
    state, profile, entry, owner = an_opening(account)

    database.store().open_account(state, profile, entry, owner)

    store = database.store()
    assert store.state(account) == state
    assert store.account(account, consistent=True) == (state, profile)
    assert store.entries(account, before=None, limit=5) == [entry]
    assert store.people.member(account, "ada") == owner
    assert assert_sound(database, account) == state


def test_an_account_opens_once(database: Database, account: str) -> None:
    opening, (_, renamed, entry, owner) = an_opening(account), an_opening(account)
    database.store().open_account(*opening)

    with pytest.raises(ConditionFailed):
        database.store().open_account(opening[0], replace(renamed, name="Other"), entry, owner)

    found = database.store().account(account, consistent=True)
    assert found is not None
    assert found[1].name == "Acme"


def test_nothing_is_known_of_an_account_that_is_not_there(database: Database, account: str) -> None:
    store = database.store()

    assert store.state(account) is None
    assert store.account(account) is None
    assert store.cached(account) is None
    assert store.people.member(account, "ada") is None
    assert store.entries(account, before=None, limit=5) == []
    assert store.closed_periods(account) == []


def test_state_and_profile_are_one_round_trip(database: Database, account: str) -> None:
    database.open(account)
    wire = Recorded(database.wire)

    database.store(wire).account(account)

    assert wire.operations == ["BatchGetItem"]


def test_a_store_remembers_the_newest_state_it_has_seen(database: Database, account: str) -> None:
    opened = database.open(account)
    store = database.store()
    assert store.cached(account) is None

    store.state(account)
    after = store.commit(journal.begin(opened, NOW, OFFERS).setting(plan="team"))

    assert store.cached(account) == after == database.state(account)


# -- profiles


def test_a_profile_is_saved_on_the_version_that_was_read(database: Database, account: str) -> None:
    database.open(account)
    store = database.store()
    found = store.account(account)
    assert found is not None

    saved = store.save_profile(replace(found[1], name="Acme Ltd"))
    with pytest.raises(ConditionFailed):
        store.save_profile(replace(found[1], name="Somebody else's idea"))

    again = store.account(account, consistent=True)
    assert again is not None
    assert again[1] == saved
    assert saved.name == "Acme Ltd"
    assert saved.version == found[1].version + 1


def test_a_customer_is_attached_with_the_way_back_at_once(database: Database, account: str) -> None:
    database.open(account)
    store, customer = database.store(), f"cus_{account}"
    found = store.account(account)
    assert found is not None

    attached = store.attach_customer(found[1], customer)

    assert attached.stripe_customer_id == customer
    assert database.store().account_of_customer(customer) == account
    again = database.store().account(account, consistent=True)
    assert again is not None
    assert again[1] == attached


def test_a_customer_of_a_profile_that_changed_is_not_attached_at_all(database: Database, account: str) -> None:
    database.open(account)
    store = database.store()
    found = store.account(account)
    assert found is not None
    store.save_profile(found[1])

    with pytest.raises(ConditionFailed):
        store.attach_customer(found[1], f"cus_{account}")

    assert store.account_of_customer(f"cus_{account}") is None


def test_a_commit_writes_state_entry_and_profile_or_nothing(database: Database, account: str) -> None:
    opened = database.open(account)
    store = database.store()
    found = store.account(account)
    assert found is not None
    profile = replace(a_profile(account), version=found[1].version, drift="price unknown")
    change = journal.begin(opened, NOW, OFFERS).setting(plan="team").because("subscription:sub_1", "ada")

    store.commit(change, profile=profile)
    with pytest.raises(ConditionFailed) as failed:
        store.commit(journal.begin(database.state(account), NOW, OFFERS), profile=profile)

    assert store.current_state(failed.value) is None
    again = store.account(account, consistent=True)
    assert again is not None
    assert again[1] == replace(profile, version=profile.version + 1)
    state = assert_sound(database, account)
    assert (state.plan, state.entries) == ("team", 2)
    [entry, _] = store.entries(account, before=None, limit=2)
    assert (entry.cause, entry.actor) == ("subscription:sub_1", "ada")


@pytest.mark.parametrize("reasons", [("TransactionConflict", "None"), ("None", "TransactionConflict")])
def test_a_commit_that_meets_another_transaction_is_tried_again(
    model: Database, account: str, reasons: tuple[str, str]
) -> None:
    opened = model.open(account)
    wire = Struck(model.wire, cancelled(*reasons), cancelled(*reasons))

    model.store(wire).commit(journal.begin(opened, NOW, OFFERS).setting(plan="team"))

    assert wire.strikes == 2
    assert assert_sound(model, account).plan == "team"


def test_a_commit_whose_answer_is_lost_is_found_by_its_cause_and_not_repeated(database: Database, account: str) -> None:
    opened = database.open(account)
    change = journal.begin(opened, NOW, OFFERS).setting(plan="team")

    with pytest.raises(Unavailable):
        database.store(Struck(database.wire, answer_lost)).commit(change)
    with pytest.raises(ConditionFailed) as failed:
        database.store().commit(change)

    store = database.store()
    current = store.current_state(failed.value)
    assert current is not None
    assert current.plan == "team"
    assert assert_sound(database, account).entries == 2


def test_of_two_changes_of_one_state_one_stands(database: Database, account: str) -> None:
    opened = database.open(account)

    def other() -> None:
        database.store().commit(journal.begin(opened, NOW, OFFERS).setting(seats_active=2))

    store = database.store(Struck(database.wire, meanwhile(other)))
    with pytest.raises(ConditionFailed):
        store.commit(journal.begin(opened, NOW, OFFERS).setting(seats_active=3))

    assert assert_sound(database, account).seats_active == 2


# -- what is due


def test_an_account_is_due_from_its_instant_on_and_until_somebody_books_it(database: Database, account: str) -> None:
    opened = database.open(account)
    store = database.store()
    state = store.commit(journal.begin(opened, NOW, OFFERS).setting(plan="team"))
    assert state.due == APRIL

    def due(now: int) -> list[DueMessage]:
        return [message for message in store.due(now, limit=1000) if message.account == account]

    before, at = due(APRIL - 1), due(APRIL)
    after = store.commit(journal.begin(state, APRIL, OFFERS))
    store.commit(journal.begin(after, APRIL, OFFERS).setting(plan="free"))

    assert (before, at, due(APRIL + 400 * DAY)) == ([], [DueMessage(account, APRIL)], [])


def test_usage_leaves_what_is_due_alone(database: Database, account: str) -> None:
    opened = database.open(account)
    store = database.store()
    store.commit(journal.begin(opened, NOW, OFFERS).setting(plan="team"))

    store.fence(account, NOW)

    assert database.state(account).due == APRIL
    item = database.item(account)
    assert item is not None
    assert item["ds"] == {"N": str(shard_of(account))}


def test_accounts_are_spread_over_the_shards() -> None:
    shards = [shard_of(f"account-{k}") for k in range(1000)]

    assert set(shards) == set(range(SHARDS))
    assert max(shards.count(shard) for shard in range(SHARDS)) < 200


# -- opening a store


def test_a_store_is_opened_from_the_settings_and_sends_nothing_before_its_first_use(
    engine_url: str, account: str
) -> None:
    unreachable = Settings("c", "e", "", "", "", "", "", "", (), "", (), aws_endpoint_url="http://127.0.0.1:9")
    open_store(unreachable, OFFERS, in_turn)

    with engine_database(engine_url) as database:
        settings = replace(
            unreachable, core_table=database.core, ephemeral_table=database.ephemeral, aws_endpoint_url=engine_url
        )
        store, _ = open_store(settings, OFFERS, in_turn)
        store.open_account(*an_opening(account))

        assert store.state(account, consistent=True) == a_state(account)
