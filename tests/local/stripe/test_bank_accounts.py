"""Bank accounts: where a debit may be given instead of a card, and which IBANs are accepted."""

from typing import Any

import pytest
import stripe

from tests.local.stripe.browsing import visit
from tests.local.stripe.shop import Shop
from tests.local.stripe.test_debits import BOTH, GOOD, the_invoice


@pytest.mark.parametrize(
    ("why", "filter_", "means", "accepted"),
    [
        ("cards alone", ["card"], GOOD, False),
        ("debits alone", ["sepa_debit"], "4242424242424242", False),
        ("both", ["card", "sepa_debit"], GOOD, True),
        ("no filter", None, GOOD, True),
    ],
)
def test_takes_a_debit_only_where_the_session_allows_it(
    shop: Shop, why: str, filter_: list[str] | None, means: str, accepted: bool
) -> None:
    fields: Any = {"allowed_payment_method_types": filter_} if filter_ else {}
    session = shop.a_session(**fields)

    answer = shop.pay(session, card=means)

    assert (shop.session(session).status == "complete", "session" in answer) == (accepted, accepted), why


@pytest.mark.parametrize(
    ("why", "iban", "code"),
    [
        ("its check digits are wrong", "DE89370400440532013001", "invalid_bank_account_iban"),
        ("too short", "DE8937", "invalid_bank_account_iban"),
        ("sound, and nobody's in test mode", "GB82WEST12345698765432", "account_number_invalid"),
    ],
)
def test_refuses_an_account_that_is_no_test_account(shop: Shop, why: str, iban: str, code: str) -> None:
    customer = shop.a_customer()

    with pytest.raises(stripe.InvalidRequestError) as refused:
        shop.service.v1.payment_methods.create({"type": "sepa_debit", "sepa_debit": {"iban": iban}})

    assert refused.value.code == code, why
    assert shop.local(f"customers/{customer.id}/card", {"card": iban})["error"]["code"] == code


def test_the_pages_take_an_iban(shop: Shop) -> None:
    session = shop.a_session(**BOTH)
    form = {"card": "DE89 3704 0044 0532 0130 00", "country": "DE", "postal_code": "10115"}

    status, _, _ = visit(session.url, form)

    invoice = the_invoice(shop, shop.session(session).subscription)
    _, page, _ = visit(invoice.hosted_invoice_url)
    assert (status, invoice.status) == (303, "open")
    assert "on its way" in page
    assert 'name="card"' not in page
