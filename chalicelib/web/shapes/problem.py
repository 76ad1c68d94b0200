"""An error as every route tells it (RFC 9457)."""

from msgspec import UNSET, Struct, UnsetType


class FieldProblem(Struct):
    """A field by its path, and what is wrong with it."""

    field: str
    problem: str


class Problem(Struct):
    """`code` is stable; `detail` says what was wrong, `hint` what to do."""

    type: str
    title: str
    status: int
    code: str
    detail: str
    hint: str
    errors: list[FieldProblem] | UnsetType = UNSET
