"""A small sound catalogue that the tests spoil, one place at a time."""

import pytest

from chalicelib.domain.catalogue import CatalogueInvalid, parse

SMALL = """
currency = "eur"
grace_days = 7
tax_rate_highest_percent = 27
features = ["login", "export", "create"]
restricted_features = ["login", "export"]
permissions = ["billing"]

[meters.runs]
name = "Runs"
unit = "run"
kind = "counter"
code = "a"
warning_percent = 80
credits_per_unit = 10

[meters.storage]
name = "Storage"
unit = "MB"
kind = "gauge"
code = "b"
warning_percent = 90

[plans.free]
name = "Free"
rank = 0
seats = { per_seat = false, min = 1, max = 1 }
features = ["login"]
[plans.free.allowances]
runs = { included = 10, policy = "stop" }

[plans.team]
name = "Team"
rank = 1
seats = { per_seat = true, min = 2, max = 9 }
features = ["login", "create"]
[plans.team.prices]
month = { amount = 4_900, currency = "eur", lookup_key = "team_month", tax_behavior = "exclusive" }
[plans.team.allowances]
runs = { included = 100, policy = "credits" }
storage = { included = "unlimited", policy = "stop" }

[packs.starter]
name = "Starter"
credits = 1_000
price = { amount = 500, currency = "eur", lookup_key = "pack_starter", tax_behavior = "inclusive" }
"""


def changed(*changes: tuple[str, str]) -> str:
    text = SMALL
    for old, new in changes:
        assert text.count(old) == 1, f"{old!r} must name one place"
        text = text.replace(old, new)
    return text


def problems_of(text: str) -> list[str]:
    with pytest.raises(CatalogueInvalid) as caught:
        parse(text)
    return caught.value.problems
