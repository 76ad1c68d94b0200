"""One emulator a test, on a free port, its clock at the end of a January; or, for `make contract`, a Stripe sandbox."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.local.stripe.sandbox import open_sandbox
from tests.local.stripe.shop import Shop, open_shop

# The modules whose tests ask Stripe what the emulator is asked, and nothing about the rest of an account. Those about
# tax need a sandbox with Stripe Tax, registered in Germany and France.
CONTRACT = {
    "test_balance",
    "test_discounts",
    "test_invoices",
    "test_pauses",
    "test_payment_behavior",
    "test_pending_updates",
    "test_previews",
    "test_proration",
    "test_refunds",
    "test_renewal",
    "test_schedule_refusals",
    "test_schedules",
    "test_subscription_items",
    "test_tax",
}


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--against-stripe", action="store_true", help="talk to the sandbox of STRIPE_TEST_KEY")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        is_ours = item.path.parent == Path(__file__).parent and item.path.stem in CONTRACT
        # What the emulator has not built, Stripe has.
        if is_ours and "not_built" not in item.name and not item.get_closest_marker("emulator_only"):
            item.add_marker("contract")


@pytest.fixture
def shop(request: pytest.FixtureRequest) -> Iterator[Shop]:
    # The key alone changes nothing: a developer who has one in the environment still tests on this machine.
    against_stripe = request.config.getoption("--against-stripe", default=False)
    with open_sandbox(os.environ["STRIPE_TEST_KEY"]) if against_stripe else open_shop() as opened:
        yield opened
