"""The account's people: invited without a seat, accepted into one, too many for a while; each sees what is his."""

from dataclasses import replace
from typing import Any

from infra.local.story.client import Http, Reply
from infra.local.story.scene import UNTIL_CHARGED, Scene


def take_seats(scene: Scene) -> None:
    tell = scene.tell
    scene.wait_for_mid_period()
    bob, eve = invite(scene, "bob"), invite(scene, "eve")
    tell.promise("two are invited, which takes no seat", seats(scene), {"bought": 2, "active": 1, "invited": 2})
    tell.promise("Bob accepts, and has the last seat", accept(scene, bob, "bob").status, 200)
    full = accept(scene, eve, "eve")
    tell.promise("there is none for Eve", (full.status, full.body["code"]), (409, "seats_full"))
    tell.say(full.body["hint"])
    done = scene.wish(seats=3)
    tell.promise("a seat is bought", (done["outcome"], seats(scene)["bought"]), ("applied", 3))
    tell.promise("and her invitation still holds", accept(scene, eve, "eve").status, 200)
    tell.promise("nobody is invited any more", seats(scene), {"bought": 3, "active": 3, "invited": 0})


def see_what_is_theirs(scene: Scene) -> None:
    tell, bob = scene.tell, acting(scene, "bob")
    seen = [bob.get(scene.path(page)).status for page in ("", "/invoices", "/credits", "/credits/history")]
    tell.promise("Bob sees neither the overview, nor invoices, nor credits", seen, [403] * 4)
    tell.promise("but the bars", bob.get(scene.path("/usage")).status, 200)
    raised = bob.put(scene.path("/members/bob"), {"email": "bob@example.com", "name": "Bob", "role": "billing"})
    tell.promise("he cannot give himself Billing", (raised.status, raised.body["code"]), (403, "forbidden"))
    stranger = acting(scene, "mallory").get(scene.path())
    nowhere = scene.api.get(f"/v1/accounts/{scene.account}-not-there")
    tell.promise(
        "a stranger cannot tell that the account exists", (stranger.status, stranger.body), (404, nowhere.body)
    )
    role = {"permissions": ["billing"]}
    tell.promise(
        "Ada makes a role with Billing", acting(scene, "ada").put(scene.path("/roles/finance"), role).status, 201
    )
    acting(scene, "ada").put(scene.path("/members/bob"), {"email": "bob@example.com", "name": "Bob", "role": "finance"})
    tell.promise("and gives it to Bob: now he sees the overview", bob.get(scene.path()).status, 200)


def are_too_many_for_a_while(scene: Scene) -> None:
    tell = scene.tell
    scene.api.send("DELETE", scene.path("/members/eve"))
    tell.promise("Eve is removed, and her seat is free at once", seats(scene)["active"], 2)
    tell.promise("2 seats are for the period's end", scene.wish(seats=2)["outcome"], "scheduled")
    tell.promise("until then Eve may come back", accept(scene, invite(scene, "eve"), "eve").status, 200)
    scene.wait_until(scene.look()["period"]["end"], UNTIL_CHARGED)
    tell.promise("then they are one too many", scene.look()["seats"]["over"], 1)
    asked = {name: scene.look("/check", feature=name) for name in ("create", "review", "invite", "login", "export")}
    refused = [name for name, said in asked.items() if said["reason"] == "seats_over"]
    tell.promise("nobody creates, reviews or invites", refused, ["create", "review", "invite"])
    tell.promise("they log in and export", asked["login"]["allowed"] and asked["export"]["allowed"])
    tell.promise("Eve leaves by herself", acting(scene, "eve").send("DELETE", scene.path("/members/eve")).status, 204)
    tell.promise("and they create again at once", scene.look("/check", feature="create", consistent="true")["allowed"])
    log = scene.look("/audit-log", limit=1)["data"][0]
    tell.promise("the audit log says who", (log["member"], log["changes"][0]["what"]), ("eve", "member"))
    scene.api.send("DELETE", scene.path("/members/bob"))
    scene.api.send("DELETE", scene.path("/roles/finance"))
    tell.promise("Bob is removed; Ada stays", [each["id"] for each in scene.look("/members")["data"]], ["ada"])


def invite(scene: Scene, member: str) -> Any:
    return scene.ask("/invitations", {"email": f"{member}@example.com", "role": "member"}).body


def accept(scene: Scene, invitation: Any, member: str) -> Reply:
    body = {"member": member, "token": invitation["token"], "name": member.capitalize()}
    return scene.ask(f"/invitations/{invitation['id']}/accept", body)


def acting(scene: Scene, member: str) -> Http:
    return replace(scene.api, member=member)


def seats(scene: Scene) -> dict[str, int]:
    shown = scene.look()["seats"]
    return {name: shown[name] for name in ("bought", "active", "invited")}
