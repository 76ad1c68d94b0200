"""Setup intents: a card or a bank account saved for later without a charge.

The portal makes them; making one over the API is not built.
"""

from infra.local.stripe import lists
from infra.local.stripe.events import emit
from infra.local.stripe.routing import LISTING, Route, Routes
from infra.local.stripe.shapes import blank
from infra.local.stripe.state import Object, Params, State


def succeeded(state: State, customer: Object, method: Object) -> Object:
    """The customer gave this card, or account, for later, his bank's questions answered."""
    intent_id = state.ids.make("seti")
    intent = blank(
        "setup_intent",
        id=intent_id,
        client_secret=f"{intent_id}_secret_{state.ids.letters(25)}",
        created=state.now(),
        customer=customer["id"],
        payment_method=method["id"],
        payment_method_types=[method["type"]],
        status="succeeded",
    )
    method["_set_up"] = True
    emit(state, "setup_intent.created", state.add(intent))
    emit(state, "setup_intent.succeeded", intent)
    return intent


def retrieve(state: State, _params: Params, intent_id: str) -> Object:
    return state.get("setup_intent", intent_id)


def listed(state: State, params: Params) -> Object:
    found = lists.matching(list(state.every("setup_intent")), params, "customer", "payment_method")
    found = [each for each in found if lists.within(each["created"], params.get("created"))]
    return lists.page(found, params, "/v1/setup_intents")


ROUTES: Routes = {
    "GET /v1/setup_intents": Route(listed, f"{LISTING} customer payment_method created"),
    "GET /v1/setup_intents/{}": Route(retrieve),
}
