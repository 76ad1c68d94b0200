"""Errors of asking itself, whatever is asked for: leaves of the tree in errors.py."""

from chalicelib.errors import Invalid, Refused, TryAgain


class IdempotencyKeyReused(Invalid):
    hint = "Send the same request again, or use a new key for another one."


class InProgress(Refused):
    hint = "The same request is still at work; wait a moment and send it again."


class TooManyRequests(TryAgain):
    """One key asked more often than it may."""


class Erased(Refused):
    hint = "Nothing of an erased account changes any more; what it has paid and used can still be read."
