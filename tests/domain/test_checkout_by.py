"""Who opened Checkout: noted in the profile until the plan is in force, and named by the journal from then on."""

from typing import Any

import pytest

from chalicelib.domain.adoption import adopted, handed_over
from tests.builders import CARD, a_catalogue, a_profile, a_state, a_subscription, a_team_state, an_invoice

ADA = "key:bk_1 member:ada"
SOLD = {"kind": "subscription"}
UNPAID = {"latest_invoice": an_invoice(reason="subscription_create")}


@pytest.mark.parametrize(
    ("why", "state", "sold", "actor", "left"),
    [
        ("he opened Checkout", a_state(), SOLD, ADA, None),
        ("people sold it while his page was open", a_state(), {}, "service", None),
        ("Checkout was of another account", a_state(), SOLD | {"account": "other"}, "service", None),
        ("it is not paid yet", a_state(), SOLD | UNPAID, None, ADA),
        ("it has ended before it was paid", a_state(), SOLD | {"status": "incomplete_expired"}, None, ADA),
        ("it is another plan than the first", a_team_state(), SOLD | {"price": "business_month"}, "service", None),
    ],
)
def test_a_first_plan_by_checkout_is_of_whoever_opened_it_who_is_noted_until_then(
    why: str, state: Any, sold: dict[str, Any], actor: str | None, left: str | None
) -> None:
    outcome = adopted(state, a_profile(checkout_by=ADA), a_subscription(**sold), CARD, a_catalogue())

    assert outcome is not None
    change, profile = outcome
    assert (change and change.actor, profile.checkout_by) == (actor, left), why


def test_who_opened_a_page_is_forgotten_with_a_subscription_that_is_another_accounts() -> None:
    profile = a_profile(subscription=a_subscription(), payment_method=CARD, checkout_by=ADA)

    outcome = handed_over(a_team_state(), profile, a_subscription(), a_catalogue())

    assert outcome is not None
    assert (outcome[0].actor, outcome[1].checkout_by) == ("service", None)
