"""API keys: what one looks like, what is kept of it, and what each scope lets it do.

The key itself is shown once and never kept. Without the pepper, which the database does not hold, a stolen table
neither gives keys away nor lets anybody make one.
"""

import re
from base64 import urlsafe_b64encode
from collections.abc import Iterable
from hashlib import sha256
from hmac import new as hmac

from chalicelib.deps import ApiKey

SCOPES = frozenset({"usage", "read", "billing", "admin"})
BYTES = 32
"""Random bytes in a key."""
_FORM = re.compile(r"bk_[A-Za-z0-9_-]{43}")
_SHOWN = 11


def new_key(
    random: bytes, pepper: str, name: str, scopes: Iterable[str], account: str | None = None
) -> tuple[str, ApiKey]:
    """A key made of BYTES random bytes, and what is kept of it; `account` None reaches the whole deployment."""
    scopes = frozenset(scopes)
    if len(random) != BYTES or not scopes <= SCOPES:
        raise ValueError(f"a key takes {BYTES} random bytes and scopes of {sorted(SCOPES)}")
    key = "bk_" + urlsafe_b64encode(random).decode().rstrip("=")
    return key, ApiKey(digest(key, pepper), name, key[:_SHOWN], scopes, account)


def digest(key: str, pepper: str) -> str:
    """What a key is found by."""
    return hmac(pepper.encode(), key.encode(), sha256).hexdigest()


def looks_like_key(text: str) -> bool:
    """Whether it is worth asking the database."""
    return _FORM.fullmatch(text) is not None
