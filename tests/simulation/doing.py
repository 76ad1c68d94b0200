"""What a process does with each kind of message, and what must be true of the answer it gets."""

from typing import TYPE_CHECKING

from chalicelib.actions.asking import Asker
from chalicelib.actions.book_due import book_due
from chalicelib.actions.close_hold import capture_hold, release_hold
from chalicelib.actions.consume import consume
from chalicelib.actions.correct_usage import correct_usage
from chalicelib.actions.follow_journal import follow_journal
from chalicelib.actions.handle_stripe_event import handle_stripe_event
from chalicelib.actions.place_hold import place_hold
from chalicelib.actions.project_journal import LAG, project_journal
from chalicelib.actions.publish_journal import publish_journal
from chalicelib.actions.put_account import put_account
from chalicelib.actions.read_days import read_days
from chalicelib.actions.read_history import read_history
from chalicelib.actions.read_notices import read_notices
from chalicelib.actions.record_usage import record_usage
from chalicelib.actions.sweep import sweep
from chalicelib.deps import Deps
from chalicelib.domain.history import place
from chalicelib.domain.holds import Capture, Hold
from chalicelib.domain.periods import day_of
from chalicelib.domain.usage import WINDOW, UsageEvent
from chalicelib.errors import (
    AboveHold,
    AboveUsage,
    AtOutOfRange,
    HoldClosed,
    HoldExists,
    HoldExpired,
    Invalid,
    NotEnoughCredits,
    Refused,
    Standing,
    UnknownHold,
)
from tests.simulation.commits import something
from tests.simulation.history import START
from tests.simulation.ledger import Shown, shown
from tests.simulation.oracle import Account
from tests.simulation.waiting import Message

if TYPE_CHECKING:
    from tests.simulation.world import World

KEY = "key:test"


class Doing:
    """One method for each kind of message; true if the message must come again."""

    def __init__(self, world: "World"):
        self.world, self.seen = world, world.seen

    def oracle(self, message: Message) -> Account:
        return self.world.watches[message.account].oracle

    # -- usage

    def usage(self, deps: Deps, message: Message) -> bool:
        results = record_usage(deps, [(message.account, event) for event in message.content])
        accepted = self.oracle(message).accepted
        for event, result in zip(message.content, results, strict=True):
            if result.result in ("recorded", "duplicate"):
                assert event.id in accepted, f"{event.id} acknowledged and not counted"
        self.seen.update(result.code or result.result for result in results)
        return any(result.code == "try_again" for result in results)

    def consume(self, deps: Deps, message: Message) -> None:
        [event] = message.content
        oracle, begun = self.oracle(message), self.world.tables.sequence
        try:
            decision = consume(deps, message.account, event, dry_run=False)
        except Invalid:
            self.must_be_out_of_range(event.at)
            return
        self.seen[decision.reason] += 1
        if decision.allowed:
            assert event.id in oracle.accepted, f"{event.id} allowed and not counted"
        elif begun == self.world.tables.sequence and decision.reason != "standing":
            assert event.id not in oracle.accepted, f"{event.id} refused and counted"
            assert not self.would_allow(oracle, event, deps.clock.now()), f"{event.id} refused wrongly"

    def would_allow(self, oracle: Account, event: UsageEvent, now: int) -> bool:
        tally = oracle.at(min(event.at, now))
        if tally is None or now >= oracle.current.period.end:
            return False
        allowance, used = oracle.catalogue.plans[tally.plan].allowances[event.meter], tally.used.get(event.meter, 0)
        if used + event.quantity <= (allowance.included or 0):
            return True
        needed = oracle.price(tally, event, used)
        return allowance.policy == "credits" and (not needed or needed <= oracle.free(now))

    def must_be_out_of_range(self, at: int) -> None:
        clock = self.world.clock
        assert at < clock + 40 - WINDOW or at > clock - 40 + 300 or at < START, "refused for its instant"

    def correct(self, deps: Deps, message: Message) -> None:
        correction, oracle, begun = message.content, self.oracle(message), self.world.tables.sequence
        try:
            came = correct_usage(deps, message.account, correction, KEY)
        except AtOutOfRange:
            self.must_be_out_of_range(correction.at)
        except AboveUsage:
            self.seen["above_usage"] += 1
            tally, now = oracle.at(min(correction.at, deps.clock.now())), deps.clock.now()
            if begun == self.world.tables.sequence and tally is not None and now < oracle.current.period.end:
                assert correction.id not in oracle.accepted, f"{correction.id} refused though it is known"
                assert tally.used.get(correction.meter, 0) < correction.quantity, f"{correction.id} refused wrongly"
        else:
            assert correction.id in oracle.accepted, f"{correction.id} answered and not in effect"
            self.seen["known" if came.duplicate else "corrected"] += 1
            if came.duplicate:
                assert came.credits == 0

    # -- holds

    def hold(self, deps: Deps, message: Message) -> None:
        name, credits, seconds = message.content
        oracle, begun = self.oracle(message), self.world.tables.sequence
        try:
            hold, fresh = place_hold(deps, message.account, name, credits, seconds, KEY)
        except HoldExists:
            assert oracle.holds[name].credits != credits, f"{name} is another"
        except NotEnoughCredits:
            self.seen["not_held"] += 1
            if begun == self.world.tables.sequence:
                assert name not in oracle.holds, f"{name} refused though it is there"
                assert oracle.free(deps.clock.now()) < credits, f"{name} refused wrongly"
        except Standing:
            self.seen["hold_standing"] += 1
        except (HoldExpired, HoldClosed) as refusal:
            self.seen["held_no_more"] += 1
            assert oracle.holds[name].credits == credits, f"{name} is another"
            self.is_over(type(refusal), oracle.holds[name], deps.clock.now())
        else:
            self.seen["held" if fresh else "held_before"] += 1
            assert oracle.holds[name].credits == hold.credits == credits, f"{name} answered and not in effect"

    def capture(self, deps: Deps, message: Message) -> None:
        name, capture = message.content
        oracle = self.oracle(message)
        was = oracle.holds.get(name)
        try:
            capture_hold(deps, message.account, name, capture, KEY)
        except UnknownHold:
            assert was is None, f"{name} was there"
        except Refused as refusal:
            self.must_refuse(type(refusal), oracle.holds[name], capture, deps.clock.now())
        else:
            self.seen["captured"] += 1
            assert oracle.holds[name].captured == capture, f"{name} answered and not in effect"

    def must_refuse(self, refusal: type[Refused], hold: Hold, capture: Capture, now: int) -> None:
        self.seen[refusal.__name__] += 1
        assert hold.captured != capture, f"{hold.id} refused though it is captured"
        if refusal is AboveHold:
            assert capture.credits > hold.credits, f"{hold.id} holds enough"
        else:
            self.is_over(refusal, hold, now)

    def is_over(self, refusal: type[Refused], hold: Hold, now: int) -> None:
        reasons = {
            HoldExpired: hold.state_at(now) == "expired",
            HoldClosed: hold.state in ("captured", "released"),
        }
        assert reasons[refusal], f"{hold.id} refused wrongly: {refusal.__name__}"

    def release(self, deps: Deps, message: Message) -> None:
        name, _ = message.content
        oracle = self.oracle(message)
        was = oracle.holds.get(name)
        release_hold(deps, message.account, name, KEY)
        assert was is None or oracle.holds[name].state != "open", f"{name} answered and still held"

    # -- the journal, followed and read

    def follow(self, deps: Deps, message: Message) -> None:
        stream = self.world.streams[message.account]
        entries, end = stream.batch()
        lag = self.world.rng.choice((1, 1, 4, LAG))
        if lag == LAG:
            follow_journal(deps, entries)
        else:
            # Of a recharge that began here only the sweep tells.
            project_journal(deps, entries, lag=lag)
            publish_journal(deps, entries)
        stream.told(end)

    def days(self, deps: Deps, message: Message) -> None:
        """What is read was so at some instant while it was read."""
        pasts, today = self.world.watches[message.account].pasts, day_of(self.world.clock)
        begun, first, last = len(pasts) - 1, today - self.world.rng.choice((0, 3, 40, 400)), today + 1
        found = something(dict(read_days(deps, message.account, first, last)))
        ever = [{key: both for key, both in past.items() if first <= key[0] <= last} for past in pasts[begun:]]
        assert found in ever, f"days {found}, not {ever}"

    def notices(self, deps: Deps, message: Message) -> None:
        """All of them, page by page: newest first, none twice and none left out."""
        journal, found, cursor = self.world.watches[message.account].journal, list[str](), ""
        begun = len(journal.told)
        while cursor is not None:
            page, cursor = read_notices(deps, message.account, cursor or None, self.world.rng.choice((1, 2, 5, 50)))
            found += [told.notice.id for told in page]
        assert len(found) >= begun, "a notice left out"
        assert found[::-1] == journal.told[: len(found)], f"{found}, not {journal.told}"

    def history(self, deps: Deps, message: Message) -> None:
        """The lines page by page: none twice, and of those of closed entries none left out and none another."""
        ledger, found, cursor = self.world.watches[message.account].ledger, list[Shown](), ""
        closed, begun = ledger.closed, self.world.tables.sequence
        while cursor is not None:
            page, cursor = read_history(deps, message.account, cursor or None, self.world.rng.choice((1, 2, 5, 50)))
            found += map(shown, page)
        places = [place(line.id) for line in found]
        assert places == sorted(set(places), reverse=True), f"{places} are not in order"
        known = {line.id for line in closed}
        assert [line for line in found[::-1] if line.id in known] == closed, f"{found}, not {closed}"
        if begun == self.world.tables.sequence:
            assert found[::-1] == ledger.lines(), f"{found}, not {ledger.lines()}"

    # -- what comes from elsewhere

    def event(self, deps: Deps, message: Message) -> None:
        if deps.store.note_event(message.content, deps.clock.now()):
            handle_stripe_event(deps, message.content)

    def rename(self, deps: Deps, message: Message) -> None:
        put_account(deps, message.account, message.content, "new@example.com", None, Asker("service"))

    def sweep(self, deps: Deps, _message: Message) -> None:
        sweep(deps)

    def due(self, deps: Deps, message: Message) -> None:
        book_due(deps, message.content)
