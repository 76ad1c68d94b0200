"""A new account: Free, good, one seat taken, nothing used, and a journal that begins with entry 0."""

from chalicelib.domain.journal import begin
from chalicelib.domain.opening import first_entry, opened
from chalicelib.domain.periods import months_after
from tests.builders import OPENED, SALT, a_catalogue


def test_a_new_account_is_on_free_with_every_meter_at_zero() -> None:
    state = opened("acme", SALT, OPENED, a_catalogue())

    assert (state.plan, state.standing, state.seats_bought, state.seats_active) == ("free", "good", 1, 1)
    assert (state.period.start, state.period.end) == (OPENED, months_after(OPENED, 1))
    assert state.used == dict.fromkeys(a_catalogue().meters, 0)
    assert (state.balance, state.due, state.lots_version) == (0, None, None)


def test_the_journal_begins_with_it_and_goes_on_without_a_gap() -> None:
    state = opened("acme", SALT, OPENED, a_catalogue())

    first = first_entry(state, "key:test")
    _, second = begin(state, OPENED + 60, a_catalogue()).finished(a_catalogue())

    assert (first.number, second.number) == (0, 1)
    assert first.changed["plan"] == "free"
    assert (first.cause, first.actor) == ("opened", "key:test")
