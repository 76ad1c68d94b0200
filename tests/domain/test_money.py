"""Money mixes only with its like."""

from operator import add, ge, le, lt, sub

import pytest

from chalicelib.domain.money import Money


def test_adds_takes_away_and_compares_like_with_like():
    five, ten = Money(500, "eur"), Money(1_000, "eur")

    assert five + ten == Money(1_500, "eur")
    assert five - ten == Money(-500, "eur")
    assert five < ten
    assert five <= Money(500, "eur")
    assert ten >= five
    assert max(five, ten) is ten


@pytest.mark.parametrize("operation", [add, sub, lt, le, ge])
def test_refuses_to_mix_currencies(operation):
    with pytest.raises(ValueError, match="usd does not mix with eur"):
        operation(Money(500, "eur"), Money(500, "usd"))


def test_the_same_amount_of_another_currency_is_not_equal():
    assert Money(500, "eur") != Money(500, "usd")


@pytest.mark.parametrize(("amount", "read"), [(1, "0.01 EUR"), (0, "0.00 EUR"), (-1, "-0.01 EUR"), (-350, "-3.50 EUR")])
def test_reads_as_people_write_it(amount, read):
    assert str(Money(amount, "eur")) == read
