"""The query of a request: each parameter once, known by name, and of its declared type.

Parameters are text. `1` is an integer and `true` a boolean only where the declaration says so.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from msgspec import inspect

from chalicelib.errors import BadParameter, Problem
from chalicelib.web.fields import Declared, build, kinds_of, problems_of


def read_query(parameters: Mapping[str, Sequence[str]], declared: type[Declared]) -> Declared:
    """The parameters (each with all its values) as declared; raises BadParameter with every problem."""
    repeated = [name for name, texts in parameters.items() if len(texts) > 1]
    problems = [Problem(name[:100], "is given more than once") for name in repeated]
    kinds = {name: _scalar(kind) for name, kind in kinds_of(declared).items()}
    values = {name: _from_text(texts[-1], kinds.get(name)) for name, texts in parameters.items()}
    problems += problems_of(values, declared)
    if problems:
        raise BadParameter(problems)
    return build(values, declared)


def _scalar(kind: inspect.Type) -> inspect.Type:
    if isinstance(kind, inspect.Metadata):
        return _scalar(kind.type)
    if isinstance(kind, inspect.UnionType):
        return next(_scalar(each) for each in kind.types if not isinstance(each, inspect.NoneType))
    return kind


def _from_text(text: str, kind: inspect.Type | None) -> Any:
    if isinstance(kind, inspect.IntType) and re.fullmatch(r"-?(0|[1-9][0-9]{0,18})", text):
        return int(text)
    if isinstance(kind, inspect.BoolType) and text in ("true", "false"):
        return text == "true"
    return text
