"""A catalogue so small that a short history meets every limit in it."""

from chalicelib.domain.catalogue import Catalogue, parse

TEXT = """
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
credits_per_unit = 2

[meters.events]
name = "Events"
unit = "event"
kind = "counter"
code = "b"
warning_percent = 75

[meters.calls]
name = "Calls"
unit = "call"
kind = "counter"
code = "c"
warning_percent = 50
credits_per_unit = 1

[meters.disk]
name = "Disk"
unit = "MB"
kind = "gauge"
code = "d"
warning_percent = 80

[plans.free]
name = "Free"
rank = 0
seats = { per_seat = false, min = 1, max = 3 }
features = ["login"]
[plans.free.allowances]
runs = { included = 20, policy = "credits" }
events = { included = 12, policy = "stop" }
calls = { included = 0, policy = "credits" }
disk = { included = 50, policy = "stop" }

[plans.team]
name = "Team"
rank = 1
seats = { per_seat = true, min = 2, max = 9 }
features = ["login", "create"]
[plans.team.prices]
month = { amount = 4_900, currency = "eur", lookup_key = "team_month", tax_behavior = "exclusive" }
[plans.team.allowances]
runs = { included = 60, policy = "credits" }
events = { included = 40, policy = "stop" }
calls = { included = 10, policy = "credits" }
disk = { included = 500, policy = "stop" }

[packs.starter]
name = "Starter"
credits = 40
price = { amount = 500, currency = "eur", lookup_key = "pack_starter", tax_behavior = "inclusive" }

[packs.plus]
name = "Plus"
credits = 100
price = { amount = 1_000, currency = "eur", lookup_key = "pack_plus", tax_behavior = "exclusive" }
"""


def offers() -> Catalogue:
    return parse(TEXT)
