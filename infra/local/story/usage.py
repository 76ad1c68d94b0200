"""Usage: what backends report is counted once, however often and in whatever order it comes."""

from concurrent.futures import ThreadPoolExecutor
from random import Random
from typing import Any

from infra.local.story.client import written
from infra.local.story.scene import Scene

EVENTS = 500
BATCH = 50
SENDERS = 2


def counts_each_event_once(scene: Scene) -> None:
    tell, events = scene.tell, _events(scene)
    tell.doing("two senders push")
    with ThreadPoolExecutor(SENDERS) as senders:
        pushed = list(senders.map(lambda seed: _push(scene, events, seed), range(SENDERS)))
    results = [result["result"] for replies in pushed for reply in replies for result in reply["results"]]
    tell.promise("every event was answered", len(results), EVENTS * SENDERS)
    tell.promise(f"{EVENTS} were recorded", results.count("recorded"), EVENTS)
    tell.promise("the others were known already", results.count("duplicate"), EVENTS * (SENDERS - 1))
    wanted = sum(event["quantity"] for event in events)
    tell.promise(f"the bar shows {wanted} events, each counted once", scene.bar("events")["used"], wanted)


def _events(scene: Scene) -> list[dict[str, Any]]:
    now = scene.now()
    return [
        {"id": f"e-{n}", "account": scene.account, "meter": "events", "quantity": 1 + n % 5, "at": written(now)}
        for n in range(EVENTS)
    ]


def _push(scene: Scene, events: list[dict[str, Any]], seed: int) -> list[Any]:
    shuffled = Random(seed).sample(events, len(events))
    batches = [shuffled[start : start + BATCH] for start in range(0, len(shuffled), BATCH)]
    return [scene.api.post("/v1/usage", {"events": batch}).body for batch in batches]
