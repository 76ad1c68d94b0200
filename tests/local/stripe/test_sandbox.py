"""The shop at a real sandbox, rehearsed on the emulator: its time is a test clock, and its builders need no /_local."""

from collections.abc import Iterator

import pytest
import stripe

from tests.local.stripe import contract
from tests.local.stripe.sandbox import SandboxShop, open_sandbox
from tests.local.stripe.shop import DAY, START, Shop


@pytest.fixture
def sandbox() -> Iterator[SandboxShop]:
    with open_sandbox("emulator") as opened:
        yield opened


def test_a_subscription_renews_as_its_clock_is_advanced(sandbox: SandboxShop) -> None:
    subscription = sandbox.a_subscription()

    sandbox.later(by=60 * DAY)

    reasons = [each.billing_reason for each in sandbox.service.v1.invoices.list({"customer": subscription.customer})]
    assert reasons == ["subscription_cycle", "subscription_cycle", "subscription_create"]
    assert sandbox.now == START + 60 * DAY


def test_a_card_that_fails_makes_the_renewal_fail(sandbox: SandboxShop) -> None:
    subscription = sandbox.a_subscription()

    sandbox.local(f"customers/{subscription.customer}/card", {"card": "4000000000000341"})
    sandbox.later(by=29 * DAY)

    assert sandbox.subscription(subscription).status == "past_due"


def test_every_third_customer_gets_a_clock_of_his_own(sandbox: SandboxShop) -> None:
    clocks = [str(sandbox.a_customer().test_clock) for _ in range(4)]

    assert len(set(clocks[:3])) == 1
    assert clocks[3] != clocks[0]


@pytest.mark.parametrize("path", ["checkout/cs_1", "webhooks", "settings", "invoices/in_1"])
def test_what_only_the_emulator_can_do_skips_with_its_reason(sandbox: SandboxShop, path: str) -> None:
    with pytest.raises(pytest.skip.Exception, match="emulator only: /_local"):
        sandbox.local(path, {})


def test_the_emulators_inside_is_not_to_be_had(sandbox: SandboxShop) -> None:
    with pytest.raises(pytest.skip.Exception, match="looks inside"):
        _ = sandbox.emulator
    with pytest.raises(pytest.skip.Exception, match="cannot reach an endpoint"):
        sandbox.an_endpoint("invoice.paid")


def test_nothing_is_left_at_the_sandbox_but_prices_and_products() -> None:
    with open_sandbox("emulator") as sandbox:
        client = sandbox.operator
        customer = sandbox.a_customer()

        sandbox.close()

        assert client.v1.customers.retrieve(customer.id).deleted
        assert client.v1.test_helpers.test_clocks.list().data == []


@pytest.mark.parametrize("key", ["", "sk_live_1", "nonsense"])
def test_without_a_test_key_it_says_what_is_missing(key: str, capsys: pytest.CaptureFixture[str]) -> None:
    code = contract.main(key)

    said = capsys.readouterr().err
    assert (code, said.count("\n")) == (2, 1)
    assert "STRIPE_TEST_KEY" in said
    assert "sk_live_1" not in said


def test_a_clock_of_another_time_than_the_emulators_is_not_built(shop: Shop) -> None:
    with pytest.raises(stripe.APIError, match="not built"):
        shop.operator.v1.test_helpers.test_clocks.create({"frozen_time": shop.now + DAY})


def test_a_clock_goes_forward_alone_and_has_room_for_three(shop: Shop) -> None:
    clocks = shop.operator.v1.test_helpers.test_clocks
    clock = clocks.create({"frozen_time": shop.now, "name": "ours"})

    with pytest.raises(stripe.InvalidRequestError, match="after its frozen time"):
        clocks.advance(clock.id, {"frozen_time": clock.frozen_time})
    for _ in range(3):
        shop.operator.v1.customers.create({"test_clock": clock.id})
    with pytest.raises(stripe.InvalidRequestError, match="up to 3"):
        shop.operator.v1.customers.create({"test_clock": clock.id})
