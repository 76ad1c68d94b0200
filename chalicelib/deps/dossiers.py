"""What is asked of everything that is held of an account: to show all of it, and to erase what names a person."""

from collections.abc import Mapping
from typing import Any, Protocol


class Dossiers(Protocol):
    """All that is held of an account, whatever it is."""

    def page(self, account: str, after: str | None) -> tuple[list[tuple[str, Mapping[str, Any]]], str | None]:
        """Some of it, each thing with its kind, from the place `after` on, and the place to go on from.

        A page is what one query reads, about a megabyte; consistent, without secrets, each thing once.
        """
        ...

    def erase_people(self, account: str, most: int) -> bool:
        """Erases `most` of members, roles, invitations and who stands behind entries; True once only owners are left.

        Those go with the profile.
        """
        ...
