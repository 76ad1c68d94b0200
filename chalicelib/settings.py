"""What the environment must provide, read once in wiring; a missing or empty secret refuses to start."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from chalicelib.errors import Misconfigured

STRIPE_API_VERSION = "2026-10-28.endive"


@dataclass(frozen=True)
class Settings:
    """The deployment's settings; the README's table explains each and a test holds the table to this class."""

    core_table: str
    ephemeral_table: str
    stripe_events_queue: str
    due_queue: str
    recharge_queue: str
    usage_dead_letters: str
    event_bus: str
    stripe_api_key: str
    stripe_webhook_secrets: tuple[str, ...]
    key_pepper: str
    return_hosts: tuple[str, ...]
    stripe_livemode: bool = False
    stripe_tax: bool = True
    rate_limit: int = 0
    stripe_api_base: str | None = None
    aws_endpoint_url: str | None = None
    region: str = "eu-central-1"


REQUIRED = {
    "CORE_TABLE": "core_table",
    "EPHEMERAL_TABLE": "ephemeral_table",
    "STRIPE_EVENTS_QUEUE": "stripe_events_queue",
    "DUE_QUEUE": "due_queue",
    "RECHARGE_QUEUE": "recharge_queue",
    "USAGE_DEAD_LETTERS": "usage_dead_letters",
    "EVENT_BUS": "event_bus",
    "STRIPE_API_KEY": "stripe_api_key",
    "STRIPE_WEBHOOK_SECRETS": "stripe_webhook_secrets",
    "KEY_PEPPER": "key_pepper",
    "RETURN_HOSTS": "return_hosts",
}
OPTIONAL = {
    "STRIPE_LIVEMODE": "stripe_livemode",
    "STRIPE_TAX": "stripe_tax",
    "RATE_LIMIT": "rate_limit",
    "STRIPE_API_BASE": "stripe_api_base",
    "AWS_ENDPOINT_URL": "aws_endpoint_url",
    "AWS_REGION": "region",
}
LISTS = frozenset({"stripe_webhook_secrets", "return_hosts"})
SWITCHES = frozenset({"stripe_livemode", "stripe_tax"})
NUMBERS = frozenset({"rate_limit"})


def read_settings(environment: Mapping[str, str]) -> Settings:
    """The settings from environment variables; raises Misconfigured naming every missing or impossible one at once."""
    problems: list[str] = []
    values: dict[str, object] = {}
    for name, field in (REQUIRED | OPTIONAL).items():
        text = environment.get(name, "").strip()
        if text:
            values[field] = _value(name, field, text, problems)
        elif name in REQUIRED:
            problems.append(f"{name}: must be set and not empty")
    if problems:
        raise Misconfigured(problems)
    return Settings(**values)  # type: ignore[arg-type]


def _value(name: str, field: str, text: str, problems: list[str]) -> object:
    if field in LISTS:
        parts = tuple(part.strip() for part in text.split(","))
        if not all(parts):
            problems.append(f"{name}: must be a comma-separated list without empty parts")
        return parts
    if field in SWITCHES:
        if text not in ("on", "off"):
            problems.append(f"{name}: must be on or off, not {text!r}")
        return text == "on"
    if field in NUMBERS:
        if not re.fullmatch("[0-9]{1,6}", text):
            problems.append(f"{name}: must be a whole number below a million, not {text!r}")
            return 0
        return int(text)
    return text
