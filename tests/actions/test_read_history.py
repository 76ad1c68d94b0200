"""The credit history adds up to the last token, however it is paged and whatever happens meanwhile."""

import pytest

from chalicelib.actions.read_history import read_history
from chalicelib.actions.record_usage import record_usage
from chalicelib.domain.history import HistoryLine
from chalicelib.domain.usage import UsageEvent
from chalicelib.errors import Invalid, UnknownAccount
from tests.actions.life import bought
from tests.actions.world import World


def use(world: World, event_id: str, quantity: int) -> None:
    event = UsageEvent(event_id, "enrichments", world.clock.now(), quantity)
    results = record_usage(world.deps, [("acme", event)])
    assert [each.result for each in results] == ["recorded"]


def pages(world: World, limit: int) -> list[HistoryLine]:
    lines: list[HistoryLine] = []
    cursor: str | None = None
    while True:
        page, cursor = read_history(world.deps, "acme", cursor, limit)
        lines += page
        if cursor is None:
            return lines


@pytest.fixture
def lived(world: World) -> World:
    """Three packs, and usage on credits between and after them."""
    world.account()
    use(world, "free", 10)
    for number in range(3):
        bought(world)
        world.deliver()
        use(world, f"paid{number}", 7 + number)
    return world


def test_the_lines_add_up_to_the_balance(lived: World) -> None:
    lines = pages(lived, 100)

    assert sum(line.credits for line in lines) == lived.seen().balance == 3_000_000 - 24 * 2_000
    assert lines[0].balance_after == lived.seen().balance
    assert [line.kind for line in lines] == ["usage", "purchase"] * 3
    assert lines[0].credits == -9 * 2_000
    assert lines[0].quantity == 9


def test_pages_neither_skip_nor_repeat(lived: World) -> None:
    whole = [line.id for line in pages(lived, 100)]

    for limit in (1, 2, 3, 5, 6):
        assert [line.id for line in pages(lived, limit)] == whole, limit


def test_what_comes_meanwhile_moves_nothing(lived: World) -> None:
    whole = [line.id for line in pages(lived, 100)]
    first, cursor = read_history(lived.deps, "acme", None, 1)
    use(lived, "more", 2)
    bought(lived)
    lived.deliver()

    rest, _ = read_history(lived.deps, "acme", cursor, 100)

    assert [line.id for line in [*first, *rest]] == whole


def test_the_growing_line_keeps_its_id_when_its_entry_closes(lived: World) -> None:
    growing = pages(lived, 1)[0]
    use(lived, "more", 2)
    bought(lived)
    lived.deliver()

    closed = next(line for line in pages(lived, 100) if line.id == growing.id)

    assert growing.position is None
    assert closed.position is not None
    assert closed.credits == growing.credits - 2 * 2_000


def test_a_new_account_has_no_history(world: World) -> None:
    world.account()

    assert read_history(world.deps, "acme", None, 25) == ([], None)


@pytest.mark.parametrize("cursor", ["x", "1/x", "x/1-0", "1/1", "-1/-1"])
def test_a_cursor_of_something_else_is_refused(world: World, cursor: str) -> None:
    world.account()

    with pytest.raises(Invalid) as refused:
        read_history(world.deps, "acme", cursor, 25)

    assert [problem.field for problem in refused.value.problems] == ["cursor"]


def test_an_account_that_is_not_there_has_no_history(world: World) -> None:
    with pytest.raises(UnknownAccount):
        read_history(world.deps, "nobody", None, 25)
