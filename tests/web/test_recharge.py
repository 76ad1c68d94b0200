"""The rule of auto-recharge over HTTP: what is taken, what is refused by name, and what is shown."""

from typing import Any

import pytest

from tests.web.driver import Driver

RULE: dict[str, Any] = {
    "enabled": True,
    "threshold": 1_000,
    "pack": "pro",
    "spending_limit": {"amount": 5_000, "currency": "eur"},
}
SHOWN = {
    "enabled", "threshold", "pack", "spending_limit", "spent", "left_to_spend", "period", "state", "detail",
    "next_attempt_at", "action_url",
}  # fmt: skip


def path(account: str) -> str:
    return f"/v1/accounts/{account}/credits/recharge"


def test_a_rule_is_saved_whole_and_shown_everywhere(web: Driver) -> None:
    account = web.an_account("rules")

    saved = web.ask("PUT", path(account), RULE)
    again = web.ask("PUT", path(account), RULE)

    assert (saved.status, again.json) == (200, saved.json)
    assert set(saved.json) == SHOWN
    assert saved.json | RULE == saved.json
    assert (saved.json["state"], saved.json["spent"]) == ("no_payment_method", {"amount": 0, "currency": "eur"})
    assert web.ask("GET", f"/v1/accounts/{account}/credits").json["recharge"] == saved.json
    assert web.ask("GET", f"/v1/accounts/{account}").json["credits"]["recharge"] == saved.json


def test_the_limit_left_out_is_fifty_euros(web: Driver) -> None:
    account = web.an_account("usual")

    saved = web.ask("PUT", path(account), {name: value for name, value in RULE.items() if name != "spending_limit"})

    assert saved.json["spending_limit"] == {"amount": 5_000, "currency": "eur"}


def test_a_limit_below_the_packs_price_is_taken_with_a_warning(web: Driver) -> None:
    account = web.an_account("low")

    low = web.ask("PUT", path(account), RULE | {"spending_limit": {"amount": 2_499, "currency": "eur"}})
    enough = web.ask("PUT", path(account), RULE | {"spending_limit": {"amount": 2_500, "currency": "eur"}})

    assert (low.status, enough.status) == (200, 200)
    assert "25.00 EUR" in low.json["detail"]
    assert "can never fire" in low.json["detail"]
    assert "can never fire" not in (enough.json["detail"] or "")


def test_a_rule_that_is_off_lacks_no_card(web: Driver) -> None:
    account = web.an_account("off")

    off = web.ask("PUT", path(account), RULE | {"enabled": False})

    assert (off.status, off.json["state"], off.json["detail"]) == (200, "idle", None)


@pytest.mark.parametrize(
    ("reason", "wrong", "status", "code", "field"),
    [
        ("a threshold below zero", {"threshold": -1}, 422, "invalid", "threshold"),
        ("a threshold beyond what JSON keeps", {"threshold": 2**53}, 422, "invalid", "threshold"),
        ("a threshold that is no integer", {"threshold": 1.5}, 422, "invalid", "threshold"),
        ("no threshold", {"threshold": None}, 422, "invalid", "threshold"),
        ("a pack that is not sold", {"pack": "giant"}, 404, "unknown_pack", None),
        ("another currency", {"spending_limit": {"amount": 5_000, "currency": "usd"}}, 422, "invalid",
         "spending_limit.currency"),
        ("no currency at all", {"spending_limit": {"amount": 5_000}}, 422, "invalid", "spending_limit.currency"),
        ("a limit below zero", {"spending_limit": {"amount": -1, "currency": "eur"}}, 422, "invalid",
         "spending_limit.amount"),
        ("a limit beyond what Stripe charges", {"spending_limit": {"amount": 10**8, "currency": "eur"}}, 422,
         "invalid", "spending_limit.amount"),
        ("a bare number as limit", {"spending_limit": 5_000}, 422, "invalid", "spending_limit"),
        ("no limit by null", {"spending_limit": None}, 422, "invalid", "spending_limit"),
        ("switched on by a word", {"enabled": "yes"}, 422, "invalid", "enabled"),
        ("a field nobody knows", {"limit": 5}, 422, "invalid", "limit"),
    ],
)  # fmt: skip
def test_a_wrong_rule_is_refused_by_name_and_changes_nothing(
    web: Driver, reason: str, wrong: dict[str, Any], status: int, code: str, field: str | None
) -> None:
    account = web.an_account(reason.replace(" ", "-"))
    before = web.ask("GET", f"/v1/accounts/{account}").json

    refused = web.ask("PUT", path(account), RULE | wrong)

    assert (refused.status, refused.json["code"]) == (status, code), reason
    if field:
        assert field in [each["field"] for each in refused.json["errors"]]
    assert web.ask("GET", f"/v1/accounts/{account}").json == before


def test_a_part_of_the_rule_is_no_rule(web: Driver) -> None:
    account = web.an_account("part")

    for name in ("enabled", "threshold", "pack"):
        partial = {each: value for each, value in RULE.items() if each != name}
        refused = web.ask("PUT", path(account), partial)
        assert (refused.status, refused.json["errors"][0]["field"]) == (422, name)


def test_nobody_elses_account_has_a_rule(web: Driver) -> None:
    assert web.ask("PUT", path("nobody"), RULE).json["code"] == "unknown_account"
