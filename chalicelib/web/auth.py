"""Who asks, and whether they may: the API key, the member it acts for, and the account they may see.

An account that the caller may not see is unknown to them, and that is decided before it is looked up.
"""

from collections.abc import Mapping, Set
from dataclasses import dataclass, replace
from re import fullmatch

from chalicelib.deps import ApiKey, Deps
from chalicelib.domain.accounts import Member
from chalicelib.domain.periods import Instant
from chalicelib.errors import BadParameter, Forbidden, Problem, Unauthorized, UnknownAccount
from chalicelib.web.field_types import ID
from chalicelib.web.keys import digest, looks_like_key

PUBLIC: Set[str] = frozenset()
"""The scopes of a route that asks for no key."""
# Roles that may see and do what concerns money.
BILLING_ROLES = frozenset({"owner", "billing"})
_KEPT_SECONDS = 60
_KEPT_KEYS = 1_000


@dataclass(frozen=True)
class Access:
    """What a route asks of its caller: a key with one of the scopes, and of a member the right to billing."""

    scopes: Set[str]
    billing: bool = False


@dataclass(frozen=True)
class Caller:
    """The key, and the id of the person it acts for; `member` is that person once found in the account asked about."""

    key: ApiKey
    acting: str | None = None
    member: Member | None = None

    @property
    def actor(self) -> str:
        """How the journal names the caller."""
        return f"key:{self.key.prefix}" + (f" member:{self.acting}" if self.acting else "")


class KnownKeys:
    """The keys that were found lately, so that not every request reads one: a revoked key works a minute longer."""

    def __init__(self) -> None:
        self._kept: dict[str, tuple[Instant, ApiKey]] = {}

    def find(self, deps: Deps, key: str, now: Instant) -> ApiKey | None:
        """The key as stored; None if there is none."""
        found = digest(key, deps.settings.key_pepper)
        read_at, kept = self._kept.get(found, (0, None))
        if kept is None or not read_at <= now < read_at + _KEPT_SECONDS:
            kept = deps.store.key(found)
            self._keep(found, kept, now)
        return kept

    def _keep(self, found: str, key: ApiKey | None, now: Instant) -> None:
        if len(self._kept) >= _KEPT_KEYS:
            self._kept.clear()
        if key is None:
            self._kept.pop(found, None)
        else:
            self._kept[found] = (now, key)


def identify(deps: Deps, known: KnownKeys, headers: Mapping[str, str], access: Access, now: Instant) -> Caller:
    """The caller that the headers name; raises Unauthorized, Forbidden or BadParameter."""
    key = known.find(deps, _bearer(headers.get("authorization", "")), now)
    if key is None or key.revoked or (key.expires_at is not None and key.expires_at <= now):
        raise Unauthorized("The API key is not known, has expired or was revoked.")
    if not access.scopes & key.scopes:
        raise Forbidden(f"The API key lacks the scope {' or '.join(sorted(access.scopes))}.")
    acting = headers.get("acting-member")
    if acting is None and key.requires_member:
        raise BadParameter([Problem("Acting-Member", "is missing: this key always acts for a member")])
    if acting is not None and not fullmatch(ID, acting):
        raise BadParameter([Problem("Acting-Member", "must be a member's id")])
    return Caller(key, acting)


def admit(deps: Deps, caller: Caller, account: str, access: Access) -> Caller:
    """The caller inside this account; raises UnknownAccount or Forbidden."""
    if not in_reach(caller, account):
        raise UnknownAccount
    if caller.acting is None:
        return caller
    member = deps.store.member(account, caller.acting)
    if member is None:
        raise UnknownAccount
    if access.billing and member.role not in BILLING_ROLES:
        raise Forbidden("The member may not see or change this account's billing.")
    return replace(caller, member=member)


def sees(deps: Deps, caller: Caller, account: str) -> bool:
    """Whether key and person reach this account; that it exists is another question."""
    if not in_reach(caller, account):
        return False
    return caller.acting is None or deps.store.member(account, caller.acting) is not None


def in_reach(caller: Caller, account: str) -> bool:
    return caller.key.account in (None, account)


def _bearer(header: str) -> str:
    scheme, _, key = header.partition(" ")
    if scheme.lower() != "bearer" or not looks_like_key(key.strip()):
        raise Unauthorized("The request carries no API key." if not header else "This is no API key.")
    return key.strip()
