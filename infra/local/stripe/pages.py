"""How a page that a browser sees is made: a template filled in, a message, or a way on."""

from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader

TEMPLATES = Path(__file__).parent / "templates"


@dataclass(frozen=True)
class Page:
    status: int
    content: bytes
    kind: str = "text/html; charset=utf-8"
    location: str | None = None


def html(template: str, status: int = 200, **values: Any) -> Page:
    return Page(status, _environment().get_template(template).render(**values).encode())


def message(status: int, text: str) -> Page:
    return html("message.html", status=status, text=text)


def redirect(location: str) -> Page:
    return Page(303, b"", location=location)


def money(amount: int, currency: str) -> str:
    sign = "-" if amount < 0 else ""
    return f"{sign}{abs(amount) // 100}.{abs(amount) % 100:02d} {currency.upper()}"


def day(instant: int) -> str:
    return f"{datetime.fromtimestamp(instant, UTC):%Y-%m-%d}"


@cache
def _environment() -> Environment:
    environment = Environment(loader=FileSystemLoader(TEMPLATES), autoescape=True)
    environment.filters.update(money=money, day=day)
    return environment
