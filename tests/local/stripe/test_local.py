"""The controls under /_local, and that the same story tells itself the same way."""

import threading

import pytest

from tests.local.stripe.shop import DAY, START, Shop, open_shop


def test_the_clock_is_read_and_moved_forward(shop: Shop) -> None:
    before = shop.local("clock", method="GET")
    after = shop.local("clock", {"to": "2026-03-01T00:00:00Z"})
    later = shop.local("clock", {"by": 60})

    assert START <= before["now"] <= START + 60
    assert (after["at"], later["now"] - after["now"] - 60 <= 60) == ("2026-03-01T00:00:00Z", True)


@pytest.mark.parametrize(
    ("why", "body"),
    [
        ("backward", {"to": "2020-01-01T00:00:00Z"}),
        ("no zone", {"to": "2027-01-01T00:00:00"}),
        ("no instant", {"to": "tomorrow"}),
        ("neither", {}),
        ("both", {"to": "2027-01-01T00:00:00Z", "by": 1}),
        ("backward by", {"by": -1}),
        ("no number", {"by": "1"}),
        ("unknown", {"until": 1}),
    ],
)
def test_a_clock_that_makes_no_sense_is_refused(shop: Shop, why: str, body: dict[str, object]) -> None:
    assert "error" in shop.local("clock", body), why


def test_things_happen_in_the_order_of_their_instants(shop: Shop) -> None:
    early = shop.a_subscription()
    shop.later(by=2 * DAY)
    late = shop.a_subscription()
    endpoint = shop.an_endpoint("invoice.paid")

    shop.later(by=60 * DAY)

    created = [event["created"] for event in endpoint.events]
    whose = [event["data"]["object"]["customer"] for event in endpoint.events]
    assert created == sorted(created)
    assert whose == [early.customer, late.customer, early.customer, late.customer]


def test_a_session_and_an_invoice_answer_to_what_the_customer_does(shop: Shop) -> None:
    session = shop.a_session()

    assert "error" in shop.pay(session, outcome="dance")
    assert shop.local("checkout/cs_test_nothing", {})["error"]["code"] == "resource_missing"
    assert shop.local(f"customers/{session.customer}/card", {"iban": "DE1"})["error"]
    assert shop.local(f"customers/{session.customer}/card", {"card": 4242})["error"]
    assert shop.local(f"customers/{session.customer}/address", {"planet": "Mars"})["error"]
    assert "error" in shop.pay(session, seats="3")
    assert "error" in shop.pay(session, planet="Mars")
    assert shop.local("charges/ch_1/dispute", {"status": "lost"})["error"]["code"] == "resource_missing"
    assert "error" in shop.local("settings", {"dispute_cancels": "yes"})
    assert "error" in shop.local("settings", {"dunning_end": "never"})
    assert "error" in shop.local("nowhere", {})


def test_a_seed_and_the_same_calls_give_the_same_ids() -> None:
    def a_story(seed: int) -> list[str]:
        with open_shop(seed) as shop:
            subscription = shop.a_subscription()
            shop.later(by=29 * DAY)
            events = [event.id for event in shop.service.v1.events.list({"limit": 100}).data]
            return [subscription.id, str(shop.latest_invoice(subscription).number), *events]

    assert a_story(1) == a_story(1)
    assert a_story(1) != a_story(2)


def test_lives_at_the_pace_of_time_when_asked_to() -> None:
    with open_shop() as shop:
        endpoint = shop.an_endpoint("customer.created")
        arrived = endpoint.arrived
        shop.emulator.tick()

        shop.a_customer()

        assert arrived.wait(timeout=20)


def test_leaves_nothing_running_behind() -> None:
    before = set(threading.enumerate())
    with open_shop() as shop:
        shop.emulator.tick()
        shop.an_endpoint()
        shop.a_customer()

    left = [thread for thread in threading.enumerate() if thread not in before and not thread.daemon]
    assert left == []
    assert not any("stripe-ticker" in thread.name for thread in threading.enumerate())
