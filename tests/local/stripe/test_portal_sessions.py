"""Portal configurations and sessions: what is enabled, who gets in, and for how long."""

from typing import Any

import pytest
import stripe

from tests.local.stripe.browsing import visit
from tests.local.stripe.portals import a_configuration, a_portal, entered
from tests.local.stripe.shop import Shop


def test_a_configuration_says_what_is_enabled(shop: Shop) -> None:
    made = a_configuration(shop)

    found = shop.service.v1.billing_portal.configurations.retrieve(made.id)

    assert (found.active, found.is_default, found.features.subscription_cancel.enabled) == (True, False, False)
    assert found.features.customer_update.allowed_updates == ["name", "address", "tax_id"]
    assert found.features.subscription_cancel.mode == "at_period_end"


def test_a_configuration_is_changed_feature_by_feature_and_put_out_of_use(shop: Shop) -> None:
    configurations = shop.service.v1.billing_portal.configurations
    made, other = a_configuration(shop), a_configuration(shop)

    changed = configurations.update(
        made.id, {"active": False, "metadata": {"by": "us"}, "features": {"invoice_history": {"enabled": False}}}
    )

    assert (changed.features.invoice_history.enabled, changed.features.payment_method_update.enabled) == (False, True)
    assert [each.id for each in configurations.list({"active": True})] == [other.id]
    assert [each.id for each in configurations.list({"is_default": True})] == []
    with pytest.raises(stripe.InvalidRequestError, match="not active"):
        a_portal(shop, shop.a_customer().id, made)


@pytest.mark.parametrize(
    ("why", "features"),
    [
        ("changing plans is not built", {"subscription_update": {"enabled": True}}),
        ("pausing is not built", {"subscription_pause": {"enabled": True}}),
        ("cancelling at once is not built", {"subscription_cancel": {"enabled": True, "mode": "immediately"}}),
        ("nothing to update", {"customer_update": {"enabled": True, "allowed_updates": []}}),
        ("an unknown update", {"customer_update": {"enabled": True, "allowed_updates": ["shoe_size"]}}),
    ],
)
def test_a_configuration_that_cannot_be_is_refused(shop: Shop, why: str, features: Any) -> None:
    with pytest.raises(stripe.StripeError):
        a_configuration(shop, **features)
    assert shop.service.v1.billing_portal.configurations.list().data == [], why


def test_without_a_configuration_there_is_no_default_to_fall_back_on(shop: Shop) -> None:
    with pytest.raises(stripe.InvalidRequestError, match="default configuration has not been created"):
        shop.service.v1.billing_portal.sessions.create({"customer": shop.a_customer().id})


@pytest.mark.parametrize(
    ("why", "fields"),
    [
        ("no such configuration", {"configuration": "bpc_1nothing"}),
        ("no such customer", {"customer": "cus_nobody"}),
        ("no address to go back to", {"return_url": "app.example.com"}),
        ("a flow that is disabled", {"flow_data": {"type": "subscription_cancel"}}),
    ],
)
def test_a_session_that_cannot_be_is_refused(shop: Shop, why: str, fields: Any) -> None:
    with pytest.raises(stripe.InvalidRequestError):
        a_portal(shop, shop.a_customer().id, **fields)
    assert shop.service.v1.events.list({"type": "billing_portal.session.created"}).data == [], why


def test_the_url_is_good_for_one_visit(shop: Shop) -> None:
    session = a_portal(shop, shop.a_customer().id)

    first, second = visit(session.url), visit(session.url)

    assert (first[0], second[0]) == (303, 410)
    assert "url" not in first[1]


@pytest.mark.parametrize(("waited", "status"), [(290, 303), (310, 410)])
def test_the_url_is_good_for_five_minutes(shop: Shop, waited: int, status: int) -> None:
    session = a_portal(shop, shop.a_customer().id)

    shop.later(by=waited)

    assert visit(session.url)[0] == status


def test_a_visit_ends_an_hour_after_its_last_click(shop: Shop) -> None:
    here = entered(shop, shop.a_customer().id)

    shop.later(by=3_500)
    still = visit(here)[0]
    shop.later(by=3_500)
    again = visit(here)[0]
    shop.later(by=3_700)

    assert (still, again, visit(here)[0]) == (200, 200, 410)


def test_nobody_guesses_a_visit(shop: Shop) -> None:
    assert visit(f"{shop.emulator.url}/portal/guessed")[0] == 404
    assert visit(f"{shop.emulator.url}/p/session/guessed")[0] == 404
