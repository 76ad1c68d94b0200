"""What processes do to the seats of one account at once; each says what became of it."""

from chalicelib.actions.accept_invitation import Acceptance, accept_invitation
from chalicelib.actions.asking import Asker
from chalicelib.actions.members import put_member, remove_member
from chalicelib.domain.accounts import Member
from chalicelib.errors import Refused
from tests.concurrency.eight import Place, deps_at, surely

KEY = Asker("key:test")


def accept(place: Place, account: str, member: str, invitation: str, token: str) -> str:
    deps, asked = deps_at(place), Acceptance(invitation, member, token)
    try:
        surely(lambda: accept_invitation(deps, account, asked, KEY))
    except Refused as refused:
        return refused.code
    return "accepted"


def leave(place: Place, account: str, member: str) -> str:
    deps = deps_at(place)
    try:
        surely(lambda: remove_member(deps, account, member, Asker(f"key:test member:{member}")))
    except Refused as refused:
        return refused.code
    return "gone"


def come_and_go(place: Place, account: str, member: str, role: str, times: int) -> None:
    """In and out, and in at last, where there is a seat."""
    deps, known = deps_at(place), Member(member, f"{member}@example.com", member, role)
    for turn in range(times):
        if turn:
            surely(lambda: remove_member(deps, account, member, KEY))
        try:
            surely(lambda: put_member(deps, account, known, KEY))
        except Refused:
            continue
