"""Every route that asks for a key: how it is rightly asked, and the bodies that it must refuse."""

from dataclasses import dataclass, field
from typing import Any

from tests.web.driver import ACCOUNT, URLS

EMAIL = "private.person@example.com"
BIG = 64 * 1024
BATCH = 5 * 1024 * 1024


@dataclass(frozen=True)
class Route:
    """A route as it is rightly asked; `wrong` are bodies that it must refuse, with the fields named."""

    method: str
    path: str
    body: dict[str, Any] | None = None
    most: int = BIG
    wrong: list[tuple[dict[str, Any], list[str]]] = field(default_factory=list[tuple[dict[str, Any], list[str]]])

    @property
    def target(self) -> str:
        return self.at("bad")

    def at(self, account: str) -> str:
        """The path inside this account."""
        return self.path.format(account=account, purchase="p1", invoice="in_1", hold="h1")


OWNER = {"id": "ada", "email": EMAIL, "name": "Ada"}
ROUTES = [
    Route("GET", "/v1/accounts/{account}"),
    Route("GET", "/v1/accounts/{account}/usage"),
    Route("GET", "/v1/accounts/{account}/usage/days?from=2026-11-01&to=2026-11-20"),
    Route("GET", "/v1/accounts/{account}/notices"),
    Route("GET", "/v1/accounts/{account}/check?feature=login"),
    Route("GET", "/v1/accounts/{account}/credits"),
    Route("GET", "/v1/accounts/{account}/credits/history"),
    Route("GET", "/v1/accounts/{account}/credits/purchases/{purchase}"),
    Route("GET", "/v1/accounts/{account}/invoices"),
    Route("GET", "/v1/accounts/{account}/invoices/{invoice}"),
    Route("GET", "/v1/accounts/{account}/invoices/{invoice}/pdf"),
    Route(
        "PUT",
        "/v1/accounts/{account}",
        ACCOUNT,
        wrong=[
            ({}, ["name", "email"]),
            ({"name": 1, "email": True, "owner": []}, ["name", "email", "owner"]),
            ({"name": "", "email": "nobody"}, ["name", "email"]),
            ({"name": "a" * 201, "email": EMAIL}, ["name"]),
            ({"name": "A", "email": EMAIL, "owner": {"id": "a b"}}, ["owner.id", "owner.email", "owner.name"]),
            ({"name": "A", "email": EMAIL, "plan": "team"}, ["plan"]),
        ],
    ),
    Route(
        "POST",
        "/v1/accounts/{account}/subscription",
        {"plan": "team", "interval": "month", "seats": 3, **URLS},
        wrong=[
            ({"plan": 1, "interval": "week", "seats": "3"}, ["plan", "interval", "seats"]),
            ({"plan": "team", "seats": 0, **URLS}, ["seats"]),
            ({"plan": "team", "seats": 3.0, **URLS}, ["seats"]),
            ({"plan": "team", "seats": 101, **URLS}, ["seats"]),
            ({"plan": "team"}, ["success_url", "cancel_url"]),
            ({"plan": "team", **URLS, "success_url": "https://evil.example/"}, ["success_url"]),
            ({"plan": "team", **URLS, "cancel_url": "a" * 2001}, ["cancel_url"]),
            ({}, ["plan"]),
        ],
    ),
    Route(
        "POST",
        "/v1/accounts/{account}/subscription/cancel",
        {"reason": "unused", "comment": "Thank you."},
        wrong=[({"reason": "bored", "comment": 1}, ["reason", "comment"]), ({"comment": "a" * 1001}, ["comment"])],
    ),
    Route(
        "POST",
        "/v1/accounts/{account}/subscription/preview",
        {"plan": "team", "interval": "year", "seats": 3},
        wrong=[
            ({}, ["plan"]),
            ({"plan": "team", "interval": "week"}, ["interval"]),
            ({"plan": "team", "seats": 0}, ["seats"]),
            ({"plan": "team", "seats": -1}, ["seats"]),
            ({"plan": "team", "seats": 2**53}, ["seats"]),
            ({"plan": "team", "seats": 2.5}, ["seats"]),
            ({"plan": "team", "preview_id": "p1"}, ["preview_id"]),
        ],
    ),
    Route("DELETE", "/v1/accounts/{account}/subscription/scheduled_change"),
    Route("POST", "/v1/accounts/{account}/subscription/resume", {}, wrong=[({"now": True}, ["now"])]),
    Route(
        "POST",
        "/v1/accounts/{account}/portal",
        {"return_url": URLS["success_url"], "flow": "payment_method"},
        wrong=[
            ({}, ["return_url"]),
            ({"return_url": 1, "flow": "subscription_cancel"}, ["return_url", "flow"]),
            ({"return_url": "http://app.example.com/"}, ["return_url"]),
            ({"return_url": "https://evil.example/"}, ["return_url"]),
            ({"return_url": "https://app.example.com@evil.example/"}, ["return_url"]),
            ({"return_url": URLS["success_url"], "customer": "cus_1"}, ["customer"]),
        ],
    ),
    Route(
        "POST",
        "/v1/accounts/{account}/consume",
        {"id": "e1", "meter": "sessions", "quantity": 1},
        wrong=[
            ({}, ["id", "meter", "quantity"]),
            ({"id": "e1", "meter": "sessions", "quantity": 0}, ["quantity"]),
            ({"id": "e1", "meter": "sessions", "quantity": -1}, ["quantity"]),
            ({"id": "e1", "meter": "sessions", "quantity": "1"}, ["quantity"]),
            ({"id": "e1", "meter": "sessions", "quantity": True}, ["quantity"]),
            ({"id": "e1", "meter": "sessions", "quantity": 1.0}, ["quantity"]),
            ({"id": "e1", "meter": "sessions", "quantity": 2**53}, ["quantity"]),
            ({"id": "e1", "meter": "sessions", "quantity": 1, "credits": -1, "at": "now"}, ["credits", "at"]),
            ({"id": "e1", "meter": "sessions", "quantity": 1, "dry_run": 1}, ["dry_run"]),
            ({"id": "e1", "meter": "sessions", "value": 1}, ["quantity", "value"]),
            ({"id": "e1", "meter": "sessions", "quantity": 1, "credits": 1}, ["credits"]),
            ({"id": "e1", "meter": "storage", "quantity": 1}, ["meter"]),
            ({"id": "e1", "meter": "sessions", "quantity": 1, "at": "2020-01-01T00:00:00Z"}, ["at"]),
        ],
    ),
    Route(
        "POST",
        "/v1/accounts/{account}/usage/corrections",
        {"id": "c1", "meter": "sessions", "quantity": 1, "reason": "counted twice"},
        wrong=[
            ({}, ["id", "meter", "quantity", "reason"]),
            ({"id": "c1", "meter": "sessions", "quantity": 0, "reason": ""}, ["quantity", "reason"]),
            ({"id": "c1", "meter": "sessions", "quantity": -1, "reason": " "}, ["quantity", "reason"]),
            ({"id": "c1", "meter": "sessions", "quantity": 2**53, "reason": "a" * 501}, ["quantity", "reason"]),
            ({"id": "c1", "meter": "sessions", "quantity": 1, "reason": "x", "credits": -1}, ["credits"]),
            ({"id": "c1", "meter": "sessions", "quantity": 1, "reason": "x", "value": 1}, ["value"]),
            ({"id": "c1", "meter": "sessions", "quantity": 1, "reason": "x", "credits": 1}, ["credits"]),
            ({"id": "c1", "meter": "storage", "quantity": 1, "reason": "x"}, ["meter"]),
            ({"id": "c1", "meter": "sessions", "quantity": 1, "reason": "x", "at": "2020-01-01T00:00:00Z"}, ["at"]),
        ],
    ),
    Route(
        "POST",
        "/v1/accounts/{account}/holds",
        {"id": "h1", "credits": 1, "expires_in": 60},
        wrong=[
            ({}, ["id", "credits", "expires_in"]),
            ({"id": "h1", "credits": 0, "expires_in": 0}, ["credits", "expires_in"]),
            ({"id": "a b", "credits": 1.5, "expires_in": 86_401}, ["id", "credits", "expires_in"]),
            ({"id": "h1", "credits": "1", "expires_in": True}, ["credits", "expires_in"]),
            ({"id": "h1", "credits": -1, "expires_in": 1.0}, ["credits", "expires_in"]),
            ({"id": "h1", "credits": 2**53, "expires_in": 60}, ["credits"]),
            ({"id": "h1", "credits": 1, "expires_in": 60, "meter": "sessions"}, ["meter"]),
        ],
    ),
    Route(
        "POST",
        "/v1/accounts/{account}/holds/{hold}/capture",
        {"credits": 1},
        wrong=[
            ({}, ["credits"]),
            ({"credits": -1}, ["credits"]),
            ({"credits": 2**53, "meter": "enrichments", "quantity": 0}, ["credits", "quantity"]),
            ({"credits": True, "meter": "enrichments", "quantity": 2**53}, ["credits", "quantity"]),
            ({"credits": 1, "meter": "enrichments"}, ["quantity"]),
            ({"credits": 1, "quantity": 1}, ["meter"]),
            ({"credits": 1, "meter": "sessions", "quantity": 1}, ["meter"]),
            ({"credits": 1, "meter": "storage", "quantity": 1}, ["meter"]),
        ],
    ),
    Route("DELETE", "/v1/accounts/{account}/holds/{hold}"),
    Route(
        "POST",
        "/v1/usage",
        {"events": [{"id": "e1", "account": "bad", "meter": "sessions", "quantity": 1}]},
        most=BATCH,
        wrong=[
            ({}, ["events"]),
            ({"events": []}, ["events"]),
            ({"events": [{}] * 1001}, ["events"]),
            ({"events": {"id": "e1"}}, ["events"]),
            ({"events": [{}], "account": "bad"}, ["account"]),
        ],
    ),
    Route(
        "POST",
        "/v1/accounts/{account}/credits/purchases",
        {"pack": "starter", **URLS},
        wrong=[
            ({}, ["pack", "success_url", "cancel_url"]),
            ({"pack": 1, "success_url": 2, "cancel_url": None}, ["pack", "success_url", "cancel_url"]),
            ({"pack": "starter", **URLS, "cancel_url": "http://app.example.com/"}, ["cancel_url"]),
            ({"pack": "starter", **URLS, "amount": 1}, ["amount"]),
        ],
    ),
    Route(
        "POST",
        "/v1/accounts/{account}/credits/purchases/{purchase}/refund",
        {"reason": "not needed"},
        wrong=[
            ({}, ["reason"]),
            ({"reason": " "}, ["reason"]),
            ({"reason": "x", "amount": 100}, ["amount"]),
            ({"reason": "x", "amount": {"amount": 0, "currency": "EUR"}}, ["amount.amount", "amount.currency"]),
            ({"reason": "x", "amount": {"amount": 1.5}}, ["amount.amount", "amount.currency"]),
            ({"reason": "x", "credits": 1}, ["credits"]),
        ],
    ),
    Route(
        "PUT",
        "/v1/accounts/{account}/credits/recharge",
        {"enabled": False, "threshold": 10, "pack": "starter"},
        wrong=[
            ({}, ["enabled", "threshold", "pack"]),
            ({"enabled": 1, "threshold": "x", "pack": "?"}, ["enabled", "threshold", "pack"]),
            (
                {"enabled": True, "threshold": -1, "pack": "starter", "spending_limit": {}},
                ["threshold", "spending_limit.amount", "spending_limit.currency"],
            ),
        ],
    ),
    Route("POST", "/v1/accounts/{account}/audit", {}, wrong=[({"repair": True}, ["repair"])]),
    Route(
        "POST",
        "/v1/accounts/{account}/credits/adjustments",
        {"credits": 1, "reason": "sorry"},
        wrong=[
            ({}, ["credits", "reason"]),
            ({"credits": 0, "reason": ""}, ["credits", "reason"]),
            ({"credits": 2**53, "reason": " "}, ["credits", "reason"]),
            ({"credits": -(2**53), "reason": "a" * 501}, ["credits", "reason"]),
            ({"credits": 1.0, "reason": 1}, ["credits", "reason"]),
            ({"credits": True, "reason": "x", "expires_at": "soon"}, ["credits", "expires_at"]),
            ({"credits": 1, "reason": "x", "expires_at": "2020-01-01T00:00:00Z"}, ["expires_at"]),
            ({"credits": 1, "reason": "x", "expires_at": "9999-01-01T00:00:00Z"}, ["expires_at"]),
            ({"credits": 1, "reason": "x", "kind": "promotion"}, ["kind"]),
        ],
    ),
]
