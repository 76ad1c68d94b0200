"""Dunning in vain: a plan's grace, then none, then Free; what was used and bought stays."""

from infra.local.story.renewing import CREDITS_LEFT, NEVER_PAYS
from infra.local.story.scene import UNTIL_CHARGED, Scene
from infra.local.story.subscribing import DAY

GRACE, LAST_TRY = 7 * DAY, 15 * DAY


def ends_on_free(scene: Scene) -> None:
    tell, before = scene.tell, scene.look()
    scene.put_card(NEVER_PAYS)
    scene.wait_until(before["renews_at"], UNTIL_CHARGED)
    account = scene.look()
    tell.promise("the plan is in its grace", (account["status"], account["standing"]), ("past_due", "grace"))
    tell.promise("6 x 39.00 EUR and 19 % are to be paid", account["payment_required"]["amount"], 27_846)
    tell.promise("work goes on", scene.consume("d-1", "sessions", 5)["allowed"])

    scene.wait_until(before["renews_at"], GRACE + UNTIL_CHARGED)
    refused = scene.consume("d-2", "sessions", 1)
    tell.promise("a week later it stops", (refused["allowed"], refused["reason"]), (False, "standing"))
    tell.promise("export is allowed", scene.look("/check", feature="export")["allowed"])

    scene.wait_until(before["renews_at"], LAST_TRY + UNTIL_CHARGED)
    account = scene.look()
    tell.promise("after the last try it is on Free", (account["plan"]["id"], account["status"]), ("free", "free"))
    tell.promise("in good standing, for nothing is owed", (account["standing"], _owed(account)), ("good", None))
    bar = scene.bar("sessions")
    tell.promise("what was used is kept, by the limit of Free", (bar["used"], bar["limit"]), (5, 20))
    tell.promise("and so are the credits", account["credits"]["balance"], CREDITS_LEFT)


def _owed(account: dict[str, object]) -> object:
    return account["payment_required"]
