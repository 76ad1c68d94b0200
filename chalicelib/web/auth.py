"""Who asks, and whether they may: the API key, the member it acts for, and the account they may see.

An account that the caller may not see is unknown to them, and that is decided before it is looked up.
"""

from collections.abc import Mapping, Set
from dataclasses import dataclass, replace
from re import fullmatch
from typing import Literal

from chalicelib.actions.asking import may_bill
from chalicelib.actions.erased import check_not_erased
from chalicelib.deps import Deps
from chalicelib.domain.accounts import Member
from chalicelib.domain.erasable import named
from chalicelib.domain.keys import ApiKey, looks_like_key
from chalicelib.domain.periods import Instant
from chalicelib.errors import BadParameter, Forbidden, Problem, Unauthorized, UnknownAccount
from chalicelib.web.field_types import ID
from chalicelib.web.known_keys import KnownKeys

PUBLIC: Set[str] = frozenset()
"""The scopes of a route that asks for no key."""
ANYBODY, BILLING, NOBODY = "anybody", "billing", "nobody"
Person = Literal["anybody", "billing", "nobody"]
"""Whom a route lets a key act for: each member of the account, one who may see to its billing, or no person at all."""


@dataclass(frozen=True)
class Access:
    """What a route asks of its caller: a key with one of the scopes, and the person that it may act for."""

    scopes: Set[str]
    person: Person = ANYBODY


@dataclass(frozen=True)
class Caller:
    """The key, and the id of the person it acts for; `member` is that person once found in the account asked about."""

    key: ApiKey
    acting: str | None = None
    member: Member | None = None

    @property
    def actor(self) -> str:
        """How the journal names the caller."""
        return named(self.key.prefix, self.acting)


def authenticate(deps: Deps, known: KnownKeys, headers: Mapping[str, str], now: Instant) -> ApiKey:
    """The key that the request carries; raises Unauthorized."""
    key = known.find(deps, _bearer(headers.get("authorization", "")), now)
    if key is None or not key.works_at(now):
        raise Unauthorized("The API key is not known, has expired or was revoked.")
    return key


def identify(key: ApiKey, headers: Mapping[str, str], access: Access) -> Caller:
    """Whom the key asks for, if it may ask this at all; raises Forbidden or BadParameter."""
    if not access.scopes & key.scopes:
        raise Forbidden(f"The API key lacks the scope {' or '.join(sorted(access.scopes))}.")
    acting = headers.get("acting-member")
    if access.person == NOBODY and (acting is not None or key.requires_member):
        raise Forbidden("This call takes no Acting-Member.", "Send it without the header, by a key that needs none.")
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
    # Who was removed is out at once.
    member = deps.store.people.member(account, caller.acting)
    if member is None:
        raise UnknownAccount
    if access.person == BILLING and not may_bill(deps, account, member.role):
        raise Forbidden("The member may not see or change this account's billing.")
    return replace(caller, member=member)


def check_alive(deps: Deps, account: str) -> bool:
    """Whether there is such an account; raises Erased. An older copy will do, since who writes looks again."""
    state = deps.store.cached(account) or deps.store.state(account)
    if state is not None:
        check_not_erased(state)
    return state is not None


def sees(deps: Deps, caller: Caller, account: str) -> bool:
    """Whether key and person reach this account; that it exists is another question."""
    if not in_reach(caller, account):
        return False
    return caller.acting is None or deps.store.people.member(account, caller.acting) is not None


def in_reach(caller: Caller, account: str) -> bool:
    return caller.key.account in (None, account)


def _bearer(header: str) -> str:
    scheme, _, key = header.partition(" ")
    if scheme.lower() != "bearer" or not looks_like_key(key.strip()):
        raise Unauthorized("The request carries no API key." if not header else "This is no API key.")
    return key.strip()
