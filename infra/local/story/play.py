"""The whole story: one life in fair weather, the same life in rough weather, and the same end."""

import re
from collections.abc import Mapping
from typing import Any

from infra.local.story.chapters import CHAPTERS, live
from infra.local.story.client import Http
from infra.local.story.credits import history
from infra.local.story.queue import UsageQueue
from infra.local.story.scene import Scene
from infra.local.story.telling import Telling

ROUGH = "The same life in rough weather: webhooks twice, out of order, some lost"
# What differs between two lives that went the same way: when they were, whose they are, what was numbered as it came.
INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
STRIPE_ID = re.compile(r"\b(cus|cs_test|in|pi|sub|evt|pm|re)_\w+")
CAUSE_ID = re.compile(r"\b(purchase|usage|adjustment):\w+")
# Every customer's invoices begin with letters of his own and are numbered from one.
INVOICE_NUMBER = re.compile(r"\b[0-9A-Z]{8}(-\d{4})\b")


def play(addresses: Mapping[str, str], tell: Telling) -> None:
    """Plays the story against a running service; raises Broken at the first promise that breaks."""
    api = Http(addresses["api"], addresses["api_key"])
    stripe = Http(addresses["stripe"], addresses["stripe_api_key"])
    queue = UsageQueue(addresses)
    fair = Scene("acme", api, stripe, queue, tell)
    live(fair)
    kept = tell.kept

    tell.chapter(f"{len(CHAPTERS) + 1}. {ROUGH}")
    quiet = Telling(quiet=True)
    tell.doing("another account lives the same months")
    rough = Scene("acme-again", api, stripe, queue, quiet, rough=True)
    live(rough)
    stripe.post("/_local/webhooks", {"drop": 0, "duplicate": 0, "reorder": False})
    tell.promise(f"{sum(rough.lost)} webhooks were lost on the way, every other one came twice", sum(rough.lost) > 0)
    tell.promise(f"all {quiet.kept} promises were kept again", quiet.kept, kept)
    for page, seen in pages(rough).items():
        tell.promise(f"the {page} page shows the same end", seen, pages(fair)[page])
    tell.promise("nothing broke at Stripe or in the queues", stripe.get("/_local/problems").body["data"], [])


def pages(scene: Scene) -> dict[str, Any]:
    """What the account's people see at last, without what only says when and whose."""
    shown = {
        "account": scene.look(),
        "usage": scene.look("/usage"),
        "credits": scene.look("/credits"),
        "history": history(scene),
        "invoices": scene.look("/invoices", limit=100)["data"],
    }
    return {page: _without_names(each, scene.account) for page, each in shown.items()}


def _without_names(value: Any, account: str) -> Any:
    if isinstance(value, dict):
        return {name: _without_names(each, account) for name, each in value.items() if name != "id" or each == account}
    if isinstance(value, list):
        return [_without_names(each, account) for each in value]
    if isinstance(value, str):
        value = CAUSE_ID.sub(r"\1", STRIPE_ID.sub("(id)", INSTANT.sub("(instant)", value)))
        value = INVOICE_NUMBER.sub(r"(customer)\1", value)
        return value.replace(account, "(account)")
    return value
