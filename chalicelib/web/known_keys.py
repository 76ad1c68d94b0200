"""The keys that were found lately, so that not every request reads one: a revoked key works a minute longer elsewhere.

The process that revokes or rotates a key forgets it at once.
"""

import logging
from hmac import compare_digest

from chalicelib.deps import Deps
from chalicelib.domain.keys import ApiKey, digest
from chalicelib.domain.periods import Instant, day_of
from chalicelib.errors import BillingError

log = logging.getLogger(__name__)

KEPT_SECONDS = 60
_MOST = 1_000


class KnownKeys:
    """What one process knows of keys."""

    def __init__(self) -> None:
        self._kept: dict[str, tuple[Instant, ApiKey]] = {}

    def find(self, deps: Deps, key: str, now: Instant) -> ApiKey | None:
        """The key as stored; None if there is none."""
        sought = digest(key, deps.settings.key_pepper)
        read_at, kept = self._kept.get(sought, (0, None))
        if kept is None or not read_at <= now < read_at + KEPT_SECONDS:
            kept = self._read(deps, sought, now)
        # Whoever found it by another text than its own must learn nothing from how long that took.
        return kept if kept is not None and compare_digest(kept.digest, sought) else None

    def forget(self, key: str) -> None:
        """The next request by any secret of the key with this id reads it anew."""
        self._kept = {sought: both for sought, both in self._kept.items() if both[1].id != key}

    def _read(self, deps: Deps, sought: str, now: Instant) -> ApiKey | None:
        found = deps.store.keys.find(sought)
        if found is None:
            self._kept.pop(sought, None)
            return None
        if len(self._kept) >= _MOST:
            self._kept.clear()
        self._kept[sought] = (now, found)
        if found.works_at(now) and (found.used is None or found.used < day_of(now)):
            _note_use(deps, found, day_of(now))
        return found


def _note_use(deps: Deps, key: ApiKey, day: int) -> None:
    """Once a day for each process at most; the request is answered even where this could not be written."""
    try:
        deps.store.keys.note_use(key, day)
    except BillingError as error:
        log.warning("key.use_not_noted", extra={"key": key.prefix, "code": error.code})
