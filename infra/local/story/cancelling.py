"""Cancelling: at the period's end, undone for the asking, and nobody's data is lost."""

from infra.local.story.credits import adds_up
from infra.local.story.renewing import CREDITS_LEFT
from infra.local.story.scene import Scene


def ends_with_the_period(scene: Scene) -> None:
    tell, before = scene.tell, scene.look()
    cancelled = scene.ask("/subscription/cancel", {"reason": "too_expensive", "comment": "We are few."}).body
    tell.promise("it is cancelled for the period's end", cancelled["ends_at"], before["period"]["end"])
    tell.promise("until then it is all there", (cancelled["plan"]["id"], cancelled["renews_at"]), ("team", None))
    scene.settle()
    resumed = scene.ask("/subscription/resume").body
    tell.promise("undone: it renews again", (resumed["ends_at"], resumed["renews_at"]), (None, before["renews_at"]))
    scene.settle()
    again = scene.ask("/subscription/cancel", {"reason": "unused"}).body
    tell.promise("and cancelled again", again["ends_at"], before["period"]["end"])

    sessions = scene.bar("sessions")["used"]
    scene.wait_until(before["period"]["end"], 60)
    account = scene.look()
    tell.promise("at the period's end it is on Free", (account["plan"]["id"], account["status"]), ("free", "free"))
    tell.promise("nothing will be charged", account["next_charge"], None)
    tell.promise("the credits are kept", account["credits"]["balance"], CREDITS_LEFT)
    old = scene.look("/usage", at=before["usage_period"]["start"])["meters"]
    kept = next(bar["used"] for bar in old if bar["meter"] == "sessions")
    tell.promise("what was used is still known", kept, sessions)
    tell.promise("export is allowed", scene.look("/check", feature="export")["allowed"])
    adds_up(scene)
