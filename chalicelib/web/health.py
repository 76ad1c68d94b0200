"""Whether the service stands: its settings and catalogue are sound. Neither the database nor Stripe is asked."""

from chalicelib.web.auth import PUBLIC
from chalicelib.web.call import Answer, Call
from chalicelib.web.routes import Routes
from chalicelib.web.shapes.public import Health

routes = Routes(__name__)


@routes.on("GET", "/health", scopes=PUBLIC, answers=Health)
def health(_: Call) -> Answer:
    """Says ok: that there is a call says that settings and catalogue were read."""
    return Answer({"status": "ok"})
