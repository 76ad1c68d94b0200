"""Inviting: an address is told a token, by which whoever has it may become a member for a week. No seat is taken."""

from base64 import urlsafe_b64encode
from dataclasses import replace

from chalicelib.actions.asking import Asker, check_asker, operation_of
from chalicelib.actions.change_account import Commit, change_account
from chalicelib.actions.change_once import change_once, finishing_with, outcome_of
from chalicelib.actions.check import read_state
from chalicelib.actions.membership import custom_role, refusal
from chalicelib.deps import Beside, Deps
from chalicelib.domain.accounts import Profile, State, as_of
from chalicelib.domain.entitlements import decide_feature
from chalicelib.domain.finished import CREATED
from chalicelib.domain.invitations import ACCEPTED, KEPT, LASTS, MOST, OPEN, Invitation, hash_of
from chalicelib.domain.journal import Touch, begin
from chalicelib.domain.periods import Instant
from chalicelib.domain.roles import OWNER
from chalicelib.errors import BillingError
from chalicelib.people_errors import InvitationUsed, TooManyInvitations, UnknownInvitation

FEATURE = "invite"
OWNERS_END = "Only owners withdraw or replace an invitation of an owner."
CLEANED = 5
"""Invitations expired long ago that go with each new one."""


def invite(deps: Deps, account: str, email: str, role: str, asker: Asker) -> tuple[Invitation, str]:
    """The invitation and its token, which nobody can show again; one of the same address before it ends.

    The same operation once more gives the same invitation another token, since the first one reached nobody; or raises
    InvitationUsed or UnknownInvitation where it was accepted or ended meanwhile. Raises UnknownAccount, Forbidden,
    UnknownRole, TooManyInvitations, or Standing, NotInPlan or SeatsOver as the feature `invite` is refused.
    """
    token = urlsafe_b64encode(deps.secret()).decode().rstrip("=")
    made_id = operation_of(deps, asker)
    came: list[Invitation] = []

    def decide(state: State, _: Profile) -> Commit:
        now = deps.clock.now()
        check_asker(deps, account, asker, owners=role == OWNER)
        custom_role(deps, account, role)
        _check(deps, state, now)
        made = Invitation(made_id, email, role, hash_of(token), now, now + LASTS, asker.actor)
        before = deps.store.people.invitation_to(state, email)
        if before is not None and before.id == made.id:
            made = replace(before, token_hash=made.token_hash)
        elif outcome_of(deps, asker.operation):
            raise _ended_meanwhile(deps, account, made_id)
        elif before is not None:
            _check_ends(deps, account, asker, before)
        came[:] = [made]
        return finishing_with(_commit(deps, state, made, before), asker.operation, CREATED)

    change_account(deps, account, decide)
    return came[-1], token


def withdraw(deps: Deps, account: str, invitation: str, asker: Asker) -> None:
    """Nobody can accept this invitation any more; who accepted it stays. Raises UnknownAccount or Forbidden."""

    def decide(state: State, _: Profile) -> Commit | None:
        check_asker(deps, account, asker)
        known = deps.store.people.invitation(account, invitation)
        if known is None or known.state != OPEN:
            return None
        _check_ends(deps, account, asker, known)
        change = begin(state, deps.clock.now(), deps.catalogue).touching(_ended(known))
        return Commit(change.because(f"invitation:{known.id}", asker.actor), beside=Beside(people_gone=(known,)))

    change_once(deps, account, asker.operation, decide)


def read_invitations(deps: Deps, account: str, after: str | None, limit: int) -> tuple[list[Invitation], str | None]:
    """Open invitations, the first to expire first, and the place to go on from; raises UnknownAccount."""
    read_state(deps, account)
    return deps.store.people.invitations(account, now=deps.clock.now(), after=after, limit=limit)


def _check_ends(deps: Deps, account: str, asker: Asker, ended: Invitation) -> None:
    # One that has expired makes nobody an owner any more.
    if ended.role == OWNER and not ended.is_over(deps.clock.now()):
        check_asker(deps, account, asker, owners=True, refused=OWNERS_END)


def _check(deps: Deps, state: State, now: Instant) -> None:
    decision = decide_feature(as_of(state, now, deps.catalogue), FEATURE, now, deps.catalogue)
    if not decision.allowed:
        raise refusal(decision.reason, state)


def _ended_meanwhile(deps: Deps, account: str, invitation: str) -> BillingError:
    known = deps.store.people.invitation(account, invitation)
    if known is not None and known.state == ACCEPTED:
        return InvitationUsed("the invitation that this made was accepted meanwhile")
    return UnknownInvitation("the invitation that this made was withdrawn, or replaced by a newer one")


def _commit(deps: Deps, state: State, made: Invitation, before: Invitation | None) -> Commit:
    people, now = deps.store.people, deps.clock.now()
    if before is not None and before.id == made.id:
        change = begin(state, now, deps.catalogue).because(f"invitation:{made.id}", made.by)
        return Commit(change, beside=Beside(people=(made,)))
    open_now = people.invited(state.account, now)
    if open_now - (before is not None and not before.is_over(now)) >= MOST:
        raise TooManyInvitations(f"{open_now} invitations are open, and no more than {MOST} may be")
    ended = (before,) if before else ()
    # The same address's own may be among those that are long over.
    over = [each for each in people.expired_by(state.account, now - KEPT, CLEANED) if each not in ended]
    change = begin(state, now, deps.catalogue).touching(*map(_ended, ended))
    change = change.touching(Touch("invitation", made.id, None, {"role": made.role}))
    beside = Beside(people=(made,), people_gone=(*ended, *over))
    return Commit(change.because(f"invitation:{made.id}", made.by), beside=beside)


def _ended(invitation: Invitation) -> Touch:
    return Touch("invitation", invitation.id, {"role": invitation.role}, None)
