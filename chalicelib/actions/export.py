"""Exporting an account: everything that is held of it, page by page, whatever its standing; and its keys in the end."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from chalicelib.actions.change_account import read
from chalicelib.deps import Deps

Thing = tuple[str, Mapping[str, Any]]
"""Its kind and its fields."""


def export(deps: Deps, account: str, after: str | None) -> tuple[list[Thing], str | None]:
    """A page of things and where to go on; raises UnknownAccount."""
    read(deps, account)
    things, on = deps.store.dossiers.page(account, after)
    if on is None:
        things += [("key", asdict(secret)) for held in deps.store.keys.of(account) for secret in held.secrets]
    return things, on
