"""API keys: what one looks like, what is kept of it, and which other keys it may make.

The key itself is shown once and never kept. Without the pepper, which the database does not hold, a stolen table
neither gives keys away nor lets anybody make one.
"""

import re
from base64 import urlsafe_b64encode
from dataclasses import dataclass, replace
from hashlib import sha256
from hmac import new as hmac

from chalicelib.domain.erasable import without_member
from chalicelib.domain.periods import Instant

SCOPES = frozenset({"usage", "read", "billing", "admin"})
KEEPS_KEYS = "admin"
"""The scope that makes, rotates and revokes keys."""
MOST = 1_000
"""Keys of a deployment that are not revoked."""
MOST_OF_ACCOUNT = 50
"""The same of one account, whose own keys may make keys but must not leave the others without."""
BYTES = 32
"""Random bytes in a key."""
_FORM = re.compile(r"bk_[A-Za-z0-9_-]{43}")
_SHOWN = 11


@dataclass(frozen=True)
class ApiKey:
    """A key as stored: the hash of its secret, never itself. `account` None reaches the whole deployment.

    Whoever rotates a key gives the same `id` another secret, so for a while two of these may have it. `used` is the
    day on which it was seen last, by this secret or one before it, `by` who made it and `ended_by` who revoked it;
    `operation` is the one that changed it last: made it, replaced it by another secret, or ended it.
    """

    digest: str
    name: str
    prefix: str
    scopes: frozenset[str]
    account: str | None = None
    requires_member: bool = False
    expires_at: Instant | None = None
    revoked: bool = False
    id: str = ""
    created: Instant = 0
    by: str = ""
    used: int | None = None
    ended_by: str | None = None
    operation: str = ""

    def works_at(self, now: Instant) -> bool:
        """Whether it opens anything at this instant."""
        return not self.revoked and (self.expires_at is None or now < self.expires_at)


def unnamed(key: ApiKey) -> ApiKey:
    """The key without what may be a person's."""
    return replace(key, name="", by=without_member(key.by), ended_by=key.ended_by and without_member(key.ended_by))


def issued(random: bytes, pepper: str, wanted: ApiKey) -> tuple[str, ApiKey]:
    """A new secret made of BYTES random bytes for the key that is wanted, and what is kept of it."""
    if len(random) != BYTES or not wanted.scopes <= SCOPES:
        raise ValueError(f"a key takes {BYTES} random bytes and scopes of {sorted(SCOPES)}")
    key = "bk_" + urlsafe_b64encode(random).decode().rstrip("=")
    return key, replace(wanted, digest=digest(key, pepper), prefix=key[:_SHOWN], used=None)


def digest(key: str, pepper: str) -> str:
    """What a key is found by."""
    return hmac(pepper.encode(), key.encode(), sha256).hexdigest()


def looks_like_key(text: str) -> bool:
    """Whether it is worth asking the database."""
    return _FORM.fullmatch(text) is not None


def reaches(own: ApiKey, other: ApiKey) -> bool:
    """Whether one key may know of another: it reaches the same account, or all of them."""
    return own.account in (None, other.account)


def covers(own: ApiKey, other: ApiKey) -> bool:
    """Whether whoever holds `own` could do all that `other` can, and as long."""
    return (
        reaches(own, other)
        and other.scopes <= own.scopes
        and (other.requires_member or not own.requires_member)
        and (own.expires_at is None or (other.expires_at is not None and other.expires_at <= own.expires_at))
    )
