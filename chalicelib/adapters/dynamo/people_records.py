"""Members, roles and invitations turned into items and back.

An open invitation stands three times: by its id, by the instant it expires, and by its address as a keyed hash.
"""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any
from unicodedata import normalize

from chalicelib.adapters.dynamo.identities import identify
from chalicelib.adapters.dynamo.items import AddressItem, InvitationItem, MemberItem, OpenInvitationItem, RoleItem
from chalicelib.adapters.dynamo.records import account_pk
from chalicelib.domain.accounts import Member, State
from chalicelib.domain.invitations import OPEN, Invitation
from chalicelib.domain.roles import Role

Raw = Mapping[str, Any]


def member_item(account: str, member: Member) -> MemberItem:
    return MemberItem(account_pk(account), f"U#{member.id}", **asdict(member))


def member_from(item: Raw) -> Member:
    row = MemberItem.from_raw_data(dict(item))
    return Member(row.id, row.email, row.name, row.role)


def role_item(account: str, role: Role) -> RoleItem:
    return RoleItem(account_pk(account), f"RO#{role.id}", may=list(role.permissions), n=role.members)


def role_from(item: Raw) -> Role:
    row = RoleItem.from_raw_data(dict(item))
    return Role(row.sk.removeprefix("RO#"), tuple(row.may), int(row.n))


def invitation_sk(invitation: str) -> str:
    return f"I#{invitation}"


def invitation_item(account: str, invitation: Invitation) -> InvitationItem:
    return InvitationItem(
        account_pk(account),
        invitation_sk(invitation.id),
        email=invitation.email if invitation.state == OPEN else None,
        role=invitation.role,
        hash=invitation.token_hash,
        at=invitation.at,
        until=invitation.expires_at,
        by=invitation.by,
        state=invitation.state,
        member=invitation.member,
        tries=invitation.tries,
        first=invitation.tried_from,
    )


def invitation_from(item: Raw) -> Invitation:
    row = InvitationItem.from_raw_data(dict(item))
    return Invitation(
        row.sk.removeprefix("I#"),
        row.email or "",
        row.role,
        row.hash,
        int(row.at),
        int(row.until),
        row.by,
        row.state,
        row.member,
        int(row.tries),
        int(row.first),
    )


def open_sk(place: str) -> str:
    return f"IX#{place}"


def open_item(account: str, invitation: Invitation) -> OpenInvitationItem:
    return OpenInvitationItem(account_pk(account), open_sk(invitation.place), role=invitation.role)


def address_sk(state: State, email: str) -> str:
    """Addresses are told apart without their case, and however their accents are put together.

    Without the salt nobody can tell whether one is among them.
    """
    [identity] = identify(state.salt, [f"address {normalize('NFC', email.lower())}"])
    return f"IM#{identity.hex()}"


def address_item(state: State, invitation: Invitation) -> AddressItem:
    return AddressItem(account_pk(state.account), address_sk(state, invitation.email), to=invitation.id)
