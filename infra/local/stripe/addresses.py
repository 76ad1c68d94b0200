"""Postal addresses, as customers, sessions and cards carry them."""

from typing import Any

from infra.local.stripe.errors import invalid

FIELDS = ("city", "country", "line1", "line2", "postal_code", "state")


def address(given: dict[str, Any]) -> dict[str, Any]:
    """All fields of an address; raises Refusal for a country that is no two-letter code."""
    country = given.get("country")
    if country and not (len(country) == 2 and country.isascii() and country.isalpha()):
        raise invalid(
            f"Country '{country}' is unknown. Try using a 2-character alphanumeric country code instead, such "
            "as 'US', 'EG', or 'GB'.",
            param="address[country]",
        )
    return {name: (given.get(name) or None) for name in FIELDS} | {"country": country.upper() if country else None}


def country_of(holder: dict[str, Any]) -> str | None:
    """The country of an object that may have an address."""
    return (holder.get("address") or {}).get("country")
