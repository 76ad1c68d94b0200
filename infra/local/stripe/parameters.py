"""The strict check of a request's parameters against the SDK's own declarations, and their conversion from text.

What the declarations do not know is refused as Stripe refuses it. So is a wrong type, and what is required and missing.
"""

import re
import types
from collections.abc import Callable
from decimal import Decimal
from functools import cache
from typing import Any, Literal, NotRequired, Required, Union, get_args, get_origin

from stripe import RequestOptions
from typing_extensions import get_type_hints, is_typeddict

from infra.local.stripe.errors import Refusal, invalid

BOOLEANS = {"true": True, "false": False}


def check(declaration: Any, params: dict[str, Any]) -> dict[str, Any]:
    """The parameters with every leaf in its declared type; raises Refusal naming the first that is wrong."""
    return _object(declaration, params, "")


def _object(declaration: Any, value: Any, path: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise invalid("Invalid object", param=path)
    fields = _fields(declaration)
    for name in value:
        if name not in fields:
            unknown = _inside(path, name)
            raise invalid(f"Received unknown parameter: {unknown}", "parameter_unknown", unknown)
    for name, (_hint, required) in fields.items():
        if required and name not in value:
            raise missing(_inside(path, name))
    return {name: _typed(fields[name][0], each, _inside(path, name)) for name, each in value.items()}


def missing(path: str) -> Refusal:
    return invalid(f"Missing required param: {path}.", "parameter_missing", path)


@cache
def _fields(declaration: Any) -> dict[str, tuple[Any, bool]]:
    """The declared names, each with its type and whether it is required."""
    # The declarations also carry the SDK's own request options, which never travel as parameters.
    own = {
        name: hint for name, hint in declaration.__annotations__.items() if name not in RequestOptions.__annotations__
    }
    holder = type("Fields", (), {"__annotations__": own, "__module__": declaration.__module__})
    hints = get_type_hints(holder, include_extras=True)
    return {
        name: (get_args(hint)[0] if _is_marked(hint) else hint, get_origin(hint) is not NotRequired)
        for name, hint in hints.items()
    }


def _is_marked(hint: Any) -> bool:
    return get_origin(hint) in (NotRequired, Required)


def _typed(hint: Any, value: Any, path: str) -> Any:
    origin = get_origin(hint)
    if origin in (Union, types.UnionType):
        return _first_that_fits(get_args(hint), value, path)
    if is_typeddict(hint):
        return _object(hint, value, path)
    if origin is list:
        return _list(get_args(hint)[0], value, path)
    if origin is dict:
        return _dict(get_args(hint)[1], value, path)
    if origin is Literal:
        return _choice(get_args(hint), value, path)
    return _scalar(hint, value, path)


def _first_that_fits(options: tuple[Any, ...], value: Any, path: str) -> Any:
    refusals = []
    for option in sorted(_closed(options), key=_rank):
        try:
            return _typed(option, value, path)
        except Refusal as refusal:
            refusals.append((option, refusal))
    # The refusal of the option with the value's own shape says most.
    raise next(
        (each for option, each in refusals if _is_nested(option) == isinstance(value, dict | list)), refusals[0][1]
    )


def _closed(options: tuple[Any, ...]) -> list[Any]:
    """Enumerations without the free text that the SDK allows beside them: Stripe refuses a word it does not know."""
    is_enumeration = any(get_origin(option) is Literal and any(get_args(option)) for option in options)
    return [option for option in options if not (is_enumeration and option is str)]


def _rank(option: Any) -> int:
    """Words before numbers before text: text takes anything."""
    return 0 if get_origin(option) is Literal else 2 if option is str else 1


def _is_nested(option: Any) -> bool:
    return is_typeddict(option) or get_origin(option) in (list, dict)


def _list(hint: Any, value: Any, path: str) -> list[Any]:
    if not isinstance(value, list):
        raise invalid("Invalid array", param=path)
    return [_typed(hint, each, f"{path}[{index}]") for index, each in enumerate(value)]


def _dict(hint: Any, value: Any, path: str) -> dict[str, Any]:
    # A hash whose keys are all numbers was read as a list.
    value = {str(index): each for index, each in enumerate(value)} if isinstance(value, list) else value
    if not isinstance(value, dict):
        raise invalid("Invalid object", param=path)
    return {
        name: _text(each, _inside(path, name), may_be_empty=True) if hint is str else each
        for name, each in value.items()
    }


def _choice(words: tuple[Any, ...], value: Any, path: str) -> Any:
    if value in words:
        return value
    raise invalid(f"Invalid {path}: must be one of {', '.join(str(word) for word in words if word)}", param=path)


def _scalar(hint: Any, value: Any, path: str) -> Any:
    if isinstance(value, dict | list):
        raise invalid(f"Invalid {'string' if hint is str else 'value'}: {path} must not be nested", param=path)
    return SCALARS.get(hint, _as_it_is)(value, path)


def _text(value: Any, path: str, may_be_empty: bool = False) -> str:
    if not isinstance(value, str):
        raise invalid(f"Invalid string: {path} must not be nested", param=path)
    if not value and not may_be_empty:
        raise invalid(
            f"You passed an empty string for '{path}'. We assume empty values are an attempt to unset a parameter; "
            f"however '{path}' cannot be unset. You should remove '{path}' from your request or supply a non-empty "
            "value.",
            "parameter_invalid_empty",
            path,
        )
    return value


def _integer(value: str, path: str) -> int:
    if not re.fullmatch(r"-?\d{1,18}", value, re.ASCII):
        raise invalid(f"Invalid integer: {value}", "parameter_invalid_integer", path)
    return int(value)


def _boolean(value: str, path: str) -> bool:
    if value not in BOOLEANS:
        raise invalid(f"Invalid boolean: {value}", param=path)
    return BOOLEANS[value]


def _decimal(value: str, path: str) -> Decimal:
    if not re.fullmatch(r"-?\d+(\.\d+)?", value, re.ASCII):
        raise invalid(f"Invalid decimal: {value}", param=path)
    return Decimal(value)


def _as_it_is(value: str, _path: str) -> str:
    return value


SCALARS: dict[Any, Callable[[str, str], Any]] = {
    str: _text,
    int: _integer,
    bool: _boolean,
    float: _decimal,
    Decimal: _decimal,
}


def _inside(path: str, name: str) -> str:
    return f"{path}[{name}]" if path else name
