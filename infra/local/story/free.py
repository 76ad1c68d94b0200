"""Free: there at once, and stops where it says."""

from infra.local.story.scene import Scene

SESSIONS = 20


def works_and_meets_its_limit(scene: Scene) -> None:
    tell, owner = scene.tell, {"id": "ada", "email": "ada@example.com", "name": "Ada"}
    opened = scene.api.put(scene.path(), {"name": "Acme", "email": "billing@example.com", "owner": owner})
    tell.promise("the account is there", opened.status, 201)
    tell.promise("on Free at once", (opened.body["plan"]["id"], opened.body["standing"]), ("free", "good"))
    tell.promise("its owner in the one seat", _seats(opened.body), {"bought": 1, "active": 1, "free": 0})
    tell.promise("opening it again changes nothing", scene.api.put(scene.path(), _again()).status, 200)

    first = scene.consume("s-1", "sessions", SESSIONS - 1)
    tell.promise(f"{SESSIONS - 1} sessions are used", (first["allowed"], first["reason"]), (True, "included"))
    tell.promise("the bar warns", scene.bar("sessions")["level"], "warning")
    last = scene.consume("s-2", "sessions", 1)
    tell.promise("one more reaches the limit", (last["allowed"], last["left"], last["level"]), (True, 0, "reached"))
    beyond = scene.consume("s-3", "sessions", 1)
    tell.promise("the next is refused", (beyond["allowed"], beyond["reason"]), (False, "limit_reached"))
    tell.promise("and not counted", scene.bar("sessions")["used"], SESSIONS)


def _again() -> dict[str, str]:
    return {"name": "Acme", "email": "billing@example.com"}


def _seats(overview: dict[str, dict[str, int]]) -> dict[str, int]:
    return {name: overview["seats"][name] for name in ("bought", "active", "free")}
