"""The recharge's part of STATE: short names, numbers only where they are not zero, the way as one letter."""

from collections.abc import Mapping
from typing import Any

from chalicelib.domain.recharge import (
    ACTION_REQUIRED,
    BACKING_OFF,
    BLOCKED,
    IDLE,
    NO_PAYMENT_METHOD,
    PENDING,
    Recharge,
)

WAYS = {IDLE: "i", PENDING: "p", ACTION_REQUIRED: "a", BACKING_OFF: "w", BLOCKED: "b", NO_PAYMENT_METHOD: "n"}
MODES = {letter: mode for mode, letter in WAYS.items()}
NUMBERS = {"rt": "threshold", "rp": "price", "rl": "limit", "rs": "spent", "rr": "reserved", "rc": "count"}


def recharge_fields(recharge: Recharge) -> dict[str, dict[str, Any]]:
    """What of it is stored; capitals say that the rule is switched off."""
    letter = WAYS[recharge.mode]
    item: dict[str, dict[str, Any]] = {"r": {"S": letter if recharge.enabled else letter.upper()}}
    for short, name in NUMBERS.items():
        if value := getattr(recharge, name):
            item[short] = {"N": str(value)}
    if recharge.look_at is not None:
        item["ra"] = {"N": str(recharge.look_at)}
    if recharge.since is not None:
        item["rb"] = {"N": str(recharge.since)}
    if recharge.told:
        item["rk"] = {"N": "1"}
    return item


def recharge_from(letter: str, numbers: Mapping[str, int]) -> Recharge:
    """The recharge that STATE's letter and numbers hold."""
    values = {name: numbers.get(short, 0) for short, name in NUMBERS.items()}
    return Recharge(
        enabled=letter.islower(),
        mode=MODES[letter.lower()],
        look_at=numbers.get("ra"),
        told="rk" in numbers,
        since=numbers.get("rb"),
        **values,
    )
