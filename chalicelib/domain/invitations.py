"""Invitations: who may become a member, by a token that is shown once and kept as its hash.

An open one that has expired is over before anybody writes it down.
"""

from dataclasses import dataclass, replace
from hashlib import sha256
from hmac import compare_digest

from chalicelib.domain.periods import DAY, Instant

OPEN, ACCEPTED = "open", "accepted"
LASTS = 7 * DAY
KEPT = 30 * DAY
"""How long one that has expired is still known as expired."""
MOST = 1_000
"""Open invitations that an account may have."""
MOST_TRIES, TRIES_WITHIN = 10, 60
"""Wrong tokens that are looked at, and the seconds they are counted for."""


@dataclass(frozen=True)
class Invitation:
    """An invitation of an address; once it is accepted by `member` the address is not kept.

    `tries` are the wrong tokens that came since `tried_from`.
    """

    id: str
    email: str
    role: str
    token_hash: str
    at: Instant
    expires_at: Instant
    by: str
    state: str = OPEN
    member: str | None = None
    tries: int = 0
    tried_from: Instant = 0

    @property
    def place(self) -> str:
        """Where it stands among those that are open: by the instant it expires."""
        return f"{self.expires_at:012}#{self.id}"

    def is_over(self, now: Instant) -> bool:
        return now >= self.expires_at


def hash_of(token: str) -> str:
    """What is kept of a token; it is random, so nothing more is needed."""
    return sha256(token.encode()).hexdigest()


def opens(invitation: Invitation, token: str) -> bool:
    """Whether this is its token, in a time that does not tell how much of it is right."""
    return compare_digest(invitation.token_hash, hash_of(token))


def mistried(invitation: Invitation, now: Instant) -> Invitation:
    """The invitation after one more wrong token."""
    if _since(invitation, now) is None:
        return replace(invitation, tries=1, tried_from=now)
    return replace(invitation, tries=invitation.tries + 1)


def locked_for(invitation: Invitation, now: Instant) -> int:
    """Seconds for which no token is looked at any more; 0 where the next one is."""
    since = _since(invitation, now)
    if since is None or invitation.tries < MOST_TRIES:
        return 0
    return TRIES_WITHIN - since


def _since(invitation: Invitation, now: Instant) -> int | None:
    """Seconds since the first of the tries that count now; a clock that is behind counts them, too."""
    since = max(0, now - invitation.tried_from)
    return since if invitation.tries and since < TRIES_WITHIN else None
