"""Accepting an invitation: whoever has its token becomes a member, if a seat is free; once, though asked again."""

from dataclasses import dataclass, replace

from chalicelib.actions.asking import Asker, check_asker
from chalicelib.actions.change_account import Commit, change_account
from chalicelib.actions.membership import custom_role, membership
from chalicelib.deps import Deps
from chalicelib.domain.accounts import Member, Profile, State
from chalicelib.domain.invitations import ACCEPTED, Invitation, locked_for, mistried, opens
from chalicelib.domain.journal import Touch
from chalicelib.domain.periods import Instant
from chalicelib.domain.roles import OWNER, gives_billing
from chalicelib.errors import ConditionFailed, Conflict, Forbidden, UnknownAccount
from chalicelib.people_errors import AlreadyMember, InvitationExpired, InvitationUsed, TooManyTries, UnknownInvitation
from chalicelib.request_errors import Erased

TRIES = 6


@dataclass(frozen=True)
class Acceptance:
    """Who accepts which invitation by which token; without a name the member is called by his id."""

    invitation: str
    member: str
    token: str
    name: str | None = None

    def joins(self, email: str, role: str) -> Member:
        """The member as he joins."""
        return Member(self.member, email, self.name or self.member, role)


def accept_invitation(deps: Deps, account: str, asked: Acceptance, asker: Asker) -> Member:
    """The member; the same call again answers him as he is by then, as long as he is one.

    Raises UnknownAccount, UnknownInvitation, TooManyTries, InvitationUsed, InvitationExpired, UnknownRole,
    AlreadyMember, TooManyOwners, Forbidden, or Standing, SeatsOver or SeatsFull: then it can be accepted later.
    """
    came: list[Member] = []

    def decide(state: State, _: Profile) -> Commit | None:
        now = deps.clock.now()
        known = _opened(deps, account, asked, now)
        check_asker(deps, account, asker, owners=known.role == OWNER)
        before = deps.store.people.member(account, asked.member)
        if known.state == ACCEPTED:
            came[:] = [_accepted(known, asked, before)]
            return None
        _check(deps, account, known, before, now)
        member = asked.joins(known.email, known.role)
        came[:] = [member]
        commit = membership(deps, state, None, member, asker.actor)
        return _with(commit, replace(known, state=ACCEPTED, member=asked.member))

    change_account(deps, account, decide)
    return came[-1]


def accepted_before(deps: Deps, account: str, asked: Acceptance) -> Member:
    """The member by now, for whoever asks again; where he is gone as he joined, but for the address.

    The invitation is there until an erasure. Raises Erased.
    """
    known = deps.store.people.invitation(account, asked.invitation)
    if known is None:
        raise Erased("the account was erased")
    return deps.store.people.member(account, asked.member) or asked.joins("", known.role)


def _opened(deps: Deps, account: str, asked: Acceptance, now: Instant) -> Invitation:
    """The invitation that the token opens; a wrong one is counted before anything is said of it."""
    for _ in range(TRIES):
        known = deps.store.people.invitation(account, asked.invitation)
        if known is None:
            raise UnknownInvitation("there is no such invitation, or this is not its token")
        if seconds := locked_for(known, now):
            refused = TooManyTries("too many wrong tokens for this invitation")
            refused.after = seconds
            raise refused
        if opens(known, asked.token):
            return known
        try:
            deps.store.people.save_tries(account, known, mistried(known, now))
        except ConditionFailed:
            continue
        raise UnknownInvitation("there is no such invitation, or this is not its token")
    raise Conflict("others kept trying to accept this invitation")


def _accepted(known: Invitation, asked: Acceptance, member: Member | None) -> Member:
    if known.member != asked.member or member is None:
        raise InvitationUsed("the invitation was accepted before")
    return member


def _check(deps: Deps, account: str, known: Invitation, member: Member | None, now: Instant) -> None:
    if known.is_over(now):
        raise InvitationExpired("the invitation has expired")
    if gives_billing(known.role, custom_role(deps, account, known.role), deps.catalogue.permissions):
        _check_given(deps, account, known)
    if member is not None:
        raise AlreadyMember(f"{member.id} is a member of the account")


def _check_given(deps: Deps, account: str, known: Invitation) -> None:
    """Who has lost what he invited to could take it back by an invitation that he had made before."""
    try:
        check_asker(deps, account, Asker(known.by), owners=known.role == OWNER)
    except (UnknownAccount, Forbidden) as error:
        raise InvitationExpired("whoever made the invitation may not give its role any more") from error


def _with(commit: Commit, accepted: Invitation) -> Commit:
    """The same with the invitation used up."""
    assert commit.change is not None
    touch = Touch("invitation", accepted.id, {"role": accepted.role}, {"role": accepted.role, "accepted": True})
    change = commit.change.touching(touch)
    change = replace(change, cause=f"invitation:{accepted.id}")
    return replace(commit, change=change, beside=replace(commit.beside, people=(*commit.beside.people, accepted)))
