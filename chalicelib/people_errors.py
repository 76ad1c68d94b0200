"""Errors of members, invitations, roles and keys: leaves of the tree in errors.py."""

from chalicelib.errors import NotFound, Refused, TryAgain


class SeatsFull(Refused):
    hint = "Buy a seat by a change of the subscription, or remove a member first."


class SeatsOver(Refused):
    hint = "Buy seats by a change of the subscription, or remove members, until each has a seat."


class NotInPlan(Refused):
    hint = "Choose a plan that has it: the catalogue lists the features of every plan."


class LastOwner(Refused):
    hint = "Make somebody else an owner first."


class BuiltInRole(Refused):
    hint = "Choose another name: owner, billing and member are as they are."


class RoleInUse(Refused):
    hint = "Give those who hold it another role first."


class TooManyOwners(Refused):
    hint = "Give one of the owners another role first."


class TooManyRoles(Refused):
    hint = "Delete roles that nobody holds."


class TooManyInvitations(Refused):
    hint = "Withdraw some that are open, or wait until they expire."


class AlreadyMember(Refused):
    hint = "Whoever this is has a seat in the account already."


class InvitationUsed(Refused):
    hint = "Somebody has accepted it; invite again."


class InvitationExpired(Refused):
    hint = "Invite the same address again: that makes a new token."


class UnknownInvitation(NotFound):
    hint = "It was withdrawn, or the token is not its newest: invite again."


class UnknownRole(NotFound):
    hint = "The list of the account's roles has the ones that there are."


class TooManyTries(TryAgain):
    """Wrong tokens for one invitation, too many within a minute."""


class UnknownMember(NotFound): ...


class UnknownKey(NotFound): ...


class KeyEnded(Refused):
    hint = "Make another key: an ended one, or an ended secret of one, never works again."


class TooManyKeys(Refused):
    hint = "Revoke keys that nobody uses; their list shows the day of last use."
