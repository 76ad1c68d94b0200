"""Metadata: up to 50 keys, each updated or unset on its own.

Source of the limits: https://docs.stripe.com/metadata
"""

from typing import Any

from infra.local.stripe.errors import invalid

MAX_KEYS, MAX_KEY, MAX_VALUE = 50, 40, 500


def merged(old: dict[str, str], new: Any) -> dict[str, str]:
    """The old metadata with the new keys set, and those with an empty value (or all, for an empty text) unset."""
    if new is None:
        return dict(old)
    if new == "":
        return {}
    for key, value in new.items():
        _check(key, value)
    result = {key: value for key, value in {**old, **new}.items() if value != ""}
    if len(result) > MAX_KEYS:
        raise invalid(f"Metadata can have up to {MAX_KEYS} keys, and yours would have {len(result)}", param="metadata")
    return result


def _check(key: str, value: str) -> None:
    if not key or len(key) > MAX_KEY or "[" in key or "]" in key:
        raise invalid(f"Metadata keys can have 1 to {MAX_KEY} characters and no square brackets", param="metadata")
    if len(value) > MAX_VALUE:
        raise invalid(
            f"Metadata values can have up to {MAX_VALUE} characters, but you passed in a value that is {len(value)} "
            f"characters for '{key}'",
            param=f"metadata[{key}]",
        )
