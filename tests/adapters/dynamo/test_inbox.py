"""The inbox of Stripe's events: noted once, worked off until done, compared with Stripe's list up to the watermark."""

import pytest

from chalicelib.errors import ConditionFailed
from chalicelib.messages import StripeEventMessage
from tests.stores import Database

# Ahead of any real clock: a DynamoDB behind a port soon deletes what by its ttl is over.
NOW = 4_102_444_800


def an_event(event: str) -> StripeEventMessage:
    return StripeEventMessage(event, "invoice.paid", "in_1", "cus_1")


def test_an_event_is_to_be_worked_off_until_it_is_done(database: Database, account: str) -> None:
    store, event = database.store(), an_event(account)

    noted = [store.note_event(event, NOW), store.note_event(event, NOW + 5)]
    before = store.is_event_done(event.event)
    store.event_done(event.event, NOW + 6)

    assert noted == [True, True]
    assert (before, store.is_event_done(event.event)) == (False, True)
    assert store.note_event(event, NOW + 7) is False


def test_an_event_that_was_never_noted_can_be_done(database: Database, account: str) -> None:
    store = database.store()
    assert store.is_event_done(account) is None

    store.event_done(account, NOW)
    store.event_done(account, NOW)

    assert store.note_event(an_event(account), NOW) is False
    assert store.unseen_events([account]) == set()


@pytest.mark.parametrize("count", [0, 1, 100, 101, 250])
def test_tells_the_unseen_of_any_number_of_events(database: Database, account: str, count: int) -> None:
    store, ids = database.store(), [f"{account}-{k}" for k in range(count)]
    for event in ids[::40]:
        store.note_event(an_event(event), NOW)

    unseen = store.unseen_events([*ids, *ids[:3]])

    assert unseen == set(ids) - set(ids[::40])


def test_tells_what_was_noted_by_then_and_is_not_done(database: Database, account: str) -> None:
    store, (early, late, done, never) = database.store(), [f"{account}-{k}" for k in range(4)]
    for event, at in ((early, NOW), (late, NOW + 1), (done, NOW)):
        store.note_event(an_event(event), at)
    store.event_done(done, NOW)
    store.event_done(never, NOW)

    assert store.undone_events([early, late, done, never, f"{account}-9", early], noted_by=NOW) == {early}


def test_the_watermark_moves_from_where_it_was_read(moto: Database) -> None:
    store = moto.store()
    assert store.watermark() is None

    store.move_watermark(None, NOW)
    with pytest.raises(ConditionFailed):
        store.move_watermark(None, NOW + 9)
    store.move_watermark(NOW, NOW + 5)
    with pytest.raises(ConditionFailed):
        store.move_watermark(NOW, NOW + 9)

    assert store.watermark() == NOW + 5


def test_an_event_says_when_it_may_be_forgotten(moto: Database) -> None:
    moto.store().note_event(an_event("evt_1"), NOW)
    moto.store().event_done("evt_2", NOW)

    for event in ("evt_1", "evt_2"):
        key = {"TableName": moto.ephemeral, "Key": {"pk": {"S": f"V#{event}"}}}
        assert int(moto.wire("GetItem", key)["Item"]["ttl"]["N"]) > NOW + 30 * 86_400
