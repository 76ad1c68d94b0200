"""Headers that say who asks, and for whom: given twice, the last of them would win, and nobody would know."""

from chalice.app import Request

from chalicelib.errors import BadParameter, Problem, Unauthorized

ONCE = ("Acting-Member", "Idempotency-Key")


def check_one_key(request: Request) -> None:
    """Raises Unauthorized where there are several."""
    if _count(request, "Authorization") > 1:
        raise Unauthorized("The request carries more than one API key.")


def check_given_once(request: Request) -> None:
    """Raises BadParameter."""
    problems = [Problem(name, "is given more than once") for name in ONCE if _count(request, name) > 1]
    if problems:
        raise BadParameter(problems)


def _count(request: Request, name: str) -> int:
    given = request.to_original_event().get("multiValueHeaders") or {}
    return sum(len(values) for each, values in given.items() if each.lower() == name.lower())
