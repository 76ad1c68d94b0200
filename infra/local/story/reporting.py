"""Reporting: usage by queue, what was reported and is taken back, and what the account is told meanwhile."""

from infra.local.story.client import written
from infra.local.story.scene import Scene

LIMIT, NEAR = 2_000, 1_600
"""Sessions that Team includes, and from where the bar warns."""
MISTAKEN = 500
RUN = 2_000
MINUTE, HOUR = 60, 3600


def takes_back_what_was_reported(scene: Scene) -> None:
    tell = scene.tell
    for number, sessions in enumerate((NEAR, LIMIT - NEAR)):
        scene.consume(f"b-{number}", "sessions", sessions)
    tell.promise(f"{LIMIT} sessions are used", scene.bar("sessions")["level"], "reached")
    wrong = {"id": "c-1", "meter": "sessions", "quantity": MISTAKEN, "reason": "a test of ours"}
    taken, again = (scene.ask("/usage/corrections", wrong).body for _ in range(2))
    tell.promise(f"{MISTAKEN} were a mistake", (taken["recorded"], taken["used"]), (True, LIMIT - MISTAKEN))
    tell.promise("said twice, taken back once", (again["duplicate"], again["used"]), (True, LIMIT - MISTAKEN))
    kinds = [each["kind"] for each in scene.look("/notices")["data"] if each.get("meter") == "sessions"]
    told = ["usage_recovered", "limit_reached", "usage_warning"]
    tell.promise("of each level the account was told, newest first", kinds[: len(told)], told)

    balance = scene.look("/credits")["balance"]
    wrong = {"id": "c-2", "meter": "enrichments", "quantity": 1, "reason": "it failed half way"}
    returned = scene.ask("/usage/corrections", wrong).body["credits"]
    tell.promise(f"an enrichment that failed gives {RUN:,} credits back", returned["balance"], balance + RUN)
    above = scene.ask("/usage/corrections", wrong | {"id": "c-3", "quantity": 10**6})
    tell.promise("never more than was used", (above.status, above.body["code"]), (409, "above_usage"))
    tell.promise("every day adds up", _by_days(scene, "enrichments"), scene.bar("enrichments")["used"])


def sets_credits_aside(scene: Scene) -> None:
    tell, balance = scene.tell, scene.look("/credits")["balance"]
    run = {"id": "h-1", "credits": 5 * RUN, "expires_in": HOUR}
    scene.ask("/holds", run)
    credits = scene.look("/credits")
    tell.promise("5 runs are set aside", (credits["held"], credits["available"]), (5 * RUN, balance - 5 * RUN))
    used = {"credits": RUN, "meter": "enrichments", "quantity": 1}
    taken, again = (scene.ask("/holds/h-1/capture", used) for _ in range(2))
    tell.promise("one was needed and is captured", taken.body["state"], "captured")
    tell.promise(
        "asked twice, taken once", (again.body, scene.look("/credits")["balance"]), (taken.body, balance - RUN)
    )
    tell.promise("the rest is given back", scene.look("/credits")["held"], 0)

    scene.ask("/holds", run | {"id": "h-2"})
    scene.act("/_local/clock", {"by": HOUR + MINUTE})
    tell.promise("a hold that nobody comes for expires", scene.look("/credits")["available"], balance - RUN)
    late = scene.ask("/holds/h-2/capture", used)
    tell.promise("and cannot be captured any more", (late.status, late.body["code"]), (410, "hold_expired"))


def comes_by_queue(scene: Scene) -> None:
    tell, before = scene.tell, scene.bar("sessions")["used"]
    event = {"id": "q-1", "meter": "sessions", "quantity": 2, "at": written(scene.now())}
    for _ in range(2):
        scene.queue.send(scene.account, event, event | {"id": "q-2"})
    scene.settle()
    tell.promise("what is sent twice counts once", scene.bar("sessions")["used"], before + 4)

    scene.queue.send(scene.account, event | {"id": "q-3", "at": written(scene.now() + HOUR)})
    scene.settle()
    told = scene.queue.operate("list")
    tell.promise("an hour ahead nothing counts", scene.bar("sessions")["used"], before + 4)
    tell.promise("it lies with the dead letters", "at_out_of_range: 1 of 1 events" in told)
    tell.promise("and the operator is told what to do", "only what was ahead counts if redriven" in told)

    scene.act("/_local/clock", {"by": HOUR})
    tell.promise("an hour later it is sent back", scene.queue.operate("redrive"), "usage: 1 sent back, 0 still there\n")
    scene.settle()
    tell.promise("and counts", scene.bar("sessions")["used"], before + 6)
    tell.promise("nothing is left behind", scene.queue.operate("list"), "usage: 0 dead letters\n")


def _by_days(scene: Scene, meter: str) -> int:
    """What the last thirty days add up to."""
    return sum(row["quantity"] for row in scene.look("/usage/days")["data"] if row["meter"] == meter)
