"""The chapters in their order: one account from its first day on Free to its last one on Team, and what it keeps."""

from collections.abc import Callable

from infra.local.story import (
    bank,
    cancelling,
    changing,
    credits,
    dunning,
    free,
    people,
    recharging,
    renewing,
    reporting,
    seats,
    subscribing,
    tabs,
    usage,
    yearly,
)
from infra.local.story.scene import Scene

CHAPTERS: tuple[tuple[str, Callable[[Scene], None]], ...] = (
    ("A new account works on Free, and meets its limit", free.works_and_meets_its_limit),
    ("Checkout for Team with 3 seats, on Stripe's page", subscribing.buys_team),
    ("500 usage events, sent twice, shuffled, by two senders", usage.counts_each_event_once),
    ("Beyond the allowance without credits", credits.is_refused_without_credits),
    ("The Starter pack", credits.buys_and_spends_a_pack),
    ("Usage that was a mistake", reporting.takes_back_what_was_reported),
    ("Credits set aside for work of unknown size", reporting.sets_credits_aside),
    ("Usage by queue, and what cannot be counted", reporting.comes_by_queue),
    ("Auto-recharge, up to a limit", recharging.buys_until_the_limit),
    ("A recharge that the card does not pay", recharging.waits_for_a_better_card),
    ("A recharge that the bank asks about", recharging.lets_the_bank_ask),
    ("A refund of a pack that is half spent", recharging.takes_back_a_refunded_pack),
    ("A month on", renewing.renews),
    ("The next renewal's card is declined", renewing.survives_a_declined_card),
    ("Up to Business in the middle of a month", changing.upgrades_to_the_cent),
    ("Down to Team, when what was paid for is over", changing.keeps_the_plan_until_the_end),
    ("Seats: 3 to 5 now, and to 2 later", seats.come_now_and_go_later),
    ("Invited, accepted, full", people.take_seats),
    ("Whose business it is", people.see_what_is_theirs),
    ("One too many", people.are_too_many_for_a_while),
    ("An upgrade that the bank asks about", bank.waits_for_the_bank),
    ("A renewal that nobody pays", dunning.ends_on_free),
    ("Two tabs, both paid", tabs.keeps_the_first),
    ("From month to year", yearly.starts_a_new_period),
    ("Cancel, undo, cancel", cancelling.ends_with_the_period),
)


def live(scene: Scene) -> None:
    """Plays the whole life of the scene's account; raises Broken where a promise breaks."""
    for number, (title, chapter) in enumerate(CHAPTERS, 1):
        scene.tell.chapter(f"{number}. {title}")
        chapter(scene)
