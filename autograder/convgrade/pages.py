"""How feedback and report pages are filled in: everything is escaped, and nothing is fetched from anywhere."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from .text import number


@lru_cache(maxsize=1)
def _environment() -> Environment:
    folder = Path(__file__).parent / "templates"
    environment = Environment(loader=FileSystemLoader(folder), autoescape=True, undefined=StrictUndefined, trim_blocks=True)
    environment.filters["points"] = number
    environment.globals["css"] = Markup((folder / "page.css").read_text(encoding="utf-8"))
    return environment


def fill(template: str, **values: Any) -> str:
    return _environment().get_template(template).render(**values)
