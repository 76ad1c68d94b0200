"""The API keys in a key's reach, newest first, a page at a time; and one of them."""

from chalicelib.deps import Deps
from chalicelib.deps.keys import KeyRow
from chalicelib.domain.key_changes import Held
from chalicelib.domain.keys import ApiKey
from chalicelib.people_errors import UnknownKey


def read_keys(deps: Deps, own: ApiKey, after: str | None, limit: int) -> tuple[list[Held], str | None]:
    """Those after the place `after`, and the place to go on from; None where there are no more."""
    rows = [each for each in deps.store.keys.rows() if own.account in (None, each.account)]
    rows.sort(key=_place, reverse=True)
    left = rows if after is None else [each for each in rows if _place(each) < after]
    page = left[:limit]
    return deps.store.keys.read(page), _place(page[-1]) if len(left) > limit else None


def read_key(deps: Deps, key: str) -> Held:
    """The key as it stands, or as it ended; raises UnknownKey."""
    found = deps.store.keys.held(key) or deps.store.keys.ended(key)
    if found is None:
        raise UnknownKey(f"there is no key {key}")
    return found


def _place(row: KeyRow) -> str:
    return f"{row.created:012}/{row.id}"
