"""An account is told of anew: who may, and what becomes of it when its owners change in the same moment."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from chalicelib.actions.asking import Asker
from chalicelib.actions.audit import audit
from chalicelib.actions.members import remove_member
from chalicelib.actions.put_account import put_account
from chalicelib.domain.accounts import Member
from chalicelib.errors import Forbidden, OwnerChange, UnknownAccount
from tests.actions.peopling import ADA, KEY, Team, a_member, a_team, acting
from tests.actions.world import Instead
from tests.stores import Database

OWNER = a_member("bob", "owner")


@pytest.fixture
def team(model: Database) -> Team:
    """Of two owners, Ada and Bob."""
    team = a_team(model)
    team.put(OWNER)
    return team


def told(team: Team, owner: Member | None, asker: Asker = KEY, meanwhile: Callable[[], object] | None = None) -> None:
    """`meanwhile` somebody else writes, just before the first commit."""
    happens, commit = [meanwhile] if meanwhile else [], team.deps.store.commit

    def met(*args: Any, **named: Any) -> Any:
        if happens:
            happens.pop()()
        return commit(*args, **named)

    store: Any = Instead(team.deps.store, {"commit": met})
    put_account(replace(team.deps, store=store), "acme", "Other", "other@example.com", owner, asker)


def remove_bob(team: Team) -> None:
    remove_member(team.deps, "acme", "bob", KEY)


def test_who_is_no_owner_renames_the_account_but_no_owner(team: Team) -> None:
    team.put(a_member("carl", "billing"))

    with pytest.raises(Forbidden):
        told(team, replace(OWNER, name="X"), acting("carl"))
    told(team, OWNER, acting("carl"))

    assert team.member("bob") == OWNER


def test_who_has_no_billing_and_who_is_no_member_tells_nothing(team: Team) -> None:
    team.put(a_member("dan"))
    before = team.items()

    for member, refused in (("dan", Forbidden), ("eve", UnknownAccount)):
        with pytest.raises(refused):
            told(team, None, acting(member))

    assert team.items() == before


@pytest.mark.parametrize("asker", [KEY, acting("bob"), acting("ada")], ids=["a key", "himself", "another owner"])
@pytest.mark.parametrize("after", [a_member("bob", "billing"), None], ids=["demoted", "removed"])
def test_who_is_no_owner_any_more_is_not_made_one_by_his_name(team: Team, after: Member | None, asker: Asker) -> None:
    def ends() -> object:
        return team.put(after) if after else remove_bob(team)

    with pytest.raises((OwnerChange, UnknownAccount)):
        told(team, replace(OWNER, name="Bobby"), asker, ends)

    assert (team.member("bob"), team.owners) == (after, ("ada",))
    assert team.state.seats_active == (2 if after else 1)
    assert audit(team.deps, "acme") == []


def test_who_is_removed_while_acting_changes_nothing(team: Team) -> None:
    with pytest.raises(UnknownAccount):
        told(team, replace(ADA, email="mallory@example.com"), acting("bob"), lambda: remove_bob(team))

    assert (team.member("ada"), team.owners) == (ADA, ("ada",))
