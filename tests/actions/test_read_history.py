"""The credit history adds up to the last token, however it is paged and whatever happens meanwhile."""

import pytest

from chalicelib.actions.count_usage import count_usage
from chalicelib.actions.project_journal import LAG, project_journal
from chalicelib.actions.read_history import read_history
from chalicelib.actions.record_usage import record_usage
from chalicelib.domain.history import HistoryLine, lines_of
from chalicelib.domain.journal import begin
from chalicelib.domain.usage import UsageEvent
from chalicelib.errors import Invalid, UnknownAccount
from tests.actions.life import bought
from tests.actions.world import World
from tests.adapters.dynamo.wires import Recorded
from tests.offers import OFFERS
from tests.stores import Database
from tests.usage_builders import NOW, an_event, granting


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


@pytest.mark.parametrize("limit", [1, 2, 3, 100])
@pytest.mark.parametrize("projected", [0, LAG, LAG + 3, None])
def test_every_line_is_shown_once_however_far_the_projection_is(
    model: Database, account: str, limit: int, projected: int | None
) -> None:
    model.open(account)
    for k in range(LAG + 6):
        model.store().commit(granting(begin(model.state(account), NOW, OFFERS), f"p{k}", k % 3 + 1))
        model.store().commit(begin(model.state(account), NOW, OFFERS))
    count_usage(model.deps(), account, [an_event("e", quantity=12)])
    expected = [line.id for entry in model.entries(account)[::-1] for line in lines_of(entry)]

    project_journal(model.deps(), model.entries(account)[:projected])

    shown, cursor = list[str](), None
    while True:
        page, cursor = read_history(model.deps(), account, cursor, limit)
        shown += [line.id for line in page]
        if cursor is None:
            break
    assert shown == expected
    assert len(set(shown)) == len(shown) == LAG + 7


def test_a_page_costs_the_same_however_many_entries_lie_between(model: Database, account: str) -> None:
    model.open(account)
    model.store().commit(granting(begin(model.state(account), NOW, OFFERS), "p", 5))
    for _ in range(3 * LAG):
        model.store().commit(begin(model.state(account), NOW, OFFERS))
    project_journal(model.deps(), model.entries(account))
    wire = Recorded(model.wire)

    page, _ = read_history(Database(wire, model.core, model.ephemeral).deps(), account, None, 25)

    assert [line.kind for line in page] == ["purchase"]
    assert wire.operations == ["BatchGetItem", "GetItem", "Query", "Query"]
