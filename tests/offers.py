"""A catalogue with every kind of limit, small enough to meet each of them in a test of a few lines."""

from chalicelib.domain.catalogue import Catalogue, parse

TEXT = """
currency = "eur"
grace_days = 7
tax_rate_highest_percent = 27
features = ["login", "export", "create", "review", "invite", "sso"]
restricted_features = ["login", "export"]
permissions = ["billing"]

[meters.runs]
name = "Runs"
unit = "run"
kind = "counter"
code = "a"
warning_percent = 80
credits_per_unit = 10

[meters.calls]
name = "Calls"
unit = "call"
kind = "counter"
code = "b"
warning_percent = 50

[meters.sessions]
name = "Sessions"
unit = "session"
kind = "counter"
code = "c"
warning_percent = 80

[meters.events]
name = "Events"
unit = "event"
kind = "counter"
code = "e"
warning_percent = 80

[meters.storage]
name = "Storage"
unit = "MB"
kind = "gauge"
code = "d"
warning_percent = 90

[plans.free]
name = "Free"
rank = 0
seats = { per_seat = false, min = 1, max = 3 }
features = ["login", "export", "create", "review", "invite"]
[plans.free.allowances]
runs = { included = 10, policy = "credits" }
calls = { included = 20, policy = "allow", up_to = 30 }
sessions = { included = 5, policy = "stop" }
events = { included = "unlimited", policy = "allow" }
storage = { included = 100, policy = "stop" }

[plans.team]
name = "Team"
rank = 1
seats = { per_seat = true, min = 2, max = 9 }
features = ["login", "export", "create", "review", "invite", "sso"]
[plans.team.prices]
month = { amount = 4_900, currency = "eur", lookup_key = "team_month", tax_behavior = "exclusive" }
[plans.team.allowances]
runs = { included = 100, policy = "credits" }
calls = { included = 200, policy = "allow" }
sessions = { included = 50, policy = "stop" }
storage = { included = 1_000, policy = "stop" }

[packs.starter]
name = "Starter"
credits = 500
price = { amount = 500, currency = "eur", lookup_key = "pack_starter", tax_behavior = "inclusive" }
"""

OFFERS: Catalogue = parse(TEXT)
"""Free: runs 10 then credits (10 a run); calls 20, on to 30; sessions 5 and stop; events unlimited; storage 100 MB.

Team: runs 100 then credits; calls 200 and on; sessions 50 and stop; no events; storage 1,000 MB.
"""
