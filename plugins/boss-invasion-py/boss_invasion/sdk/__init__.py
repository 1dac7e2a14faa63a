"""What any rule in Python can use: what the plugin is, parameters, attributes, refusals, and a log of mistakes.

Every plugin that `world-events plugin new` makes begins with the same folder. It is read while the plugin is built: a rule
that runs has no files.
"""

import json
import tomllib
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any

from componentize_py_types import Err
from wit_world.exports.manifest import Description
from wit_world.imports import host
from wit_world.imports.types import Event, Refusal

# The highest score, counter and amount: the largest integer that every JSON reader gets right.
MAX = 2**53 - 1

# The server's bound for a message and for the reason of a grant, in characters.
MAX_TEXT = 500

PROJECT = tomllib.loads(Path(__file__).parents[2].joinpath("pyproject.toml").read_text())["project"]
SCHEMA: dict[str, Any] = json.loads(Path(__file__).parents[1].joinpath("parameters.schema.json").read_text())
DEFAULTS = {name: schema.get("default") for name, schema in SCHEMA["properties"].items()}


def described() -> Description:
    """What the plugin is, by its pyproject.toml and the schema of its parameters."""
    name, version, description = PROJECT["name"], PROJECT["version"], PROJECT["description"]
    return Description(name, version, description, parameters_schema=json.dumps(SCHEMA), extra="")


def parameters_of(event: Event) -> dict[str, Any]:
    """What the event's designer has set, and the schema's defaults for the rest.

    The server takes no event whose parameters are not valid by the schema, so that they need not be looked at again here.
    """
    return DEFAULTS | json.loads(event.parameters)


def counter_of(event: Event, name: str) -> int:
    """The value of a shared counter; 0 if nothing ever moved it."""
    return next((counter.value for counter in event.counters if counter.name == name), 0)


def refused(code: str, message: str) -> Err[Refusal]:
    """A "no" to raise, with a code for programs and one sentence for a person."""
    return Err(Refusal(code, message[:MAX_TEXT], details=""))


def count(whose: str, attributes: str, name: str) -> int | None:
    """A member of a JSON object, such as an attribute, that is a whole number and not negative; None if it is absent or
    null. `whose` comes before its name when it is malformed.

    Raises a refusal if it is anything else: game servers set whatever they like.
    """
    value = member(attributes, name)
    # A bool is an int to Python, and no number to JSON.
    if value is None or (type(value) is int and value >= 0):
        return value
    raise malformed(whose, name, value, "count")


def text(whose: str, attributes: str, name: str) -> str | None:
    """A member of a JSON object that is a string, in the same way."""
    value = member(attributes, name)
    if value is None or isinstance(value, str):
        return value
    raise malformed(whose, name, value, "text")


def member(attributes: str, name: str) -> Any:
    # Most actions have none, and a report may have a thousand.
    return None if attributes == "{}" else json.loads(attributes).get(name)


def malformed(whose: str, name: str, value: Any, expected: str) -> Err[Refusal]:
    return refused("MALFORMED_DATA", f"{whose} `{name}` is malformed: {json.dumps(value)} is no {expected}")


def logged(call: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    """Writes an error into the rule's log, where `plugin test` shows it, before the call breaks off because of it."""

    @wraps(call)
    def logging(rule: Any, given: Any) -> Any:
        try:
            return call(rule, given)
        except Err:
            # A refusal is none.
            raise
        except Exception as mistake:
            host.log(host.Level.ERROR, f"{type(mistake).__name__}: {mistake}{places(mistake)}")
            raise

    return logging


def places(mistake: Exception) -> str:
    """Where it happened, a line for each. Python's own way to print that reads the sources, and there are no files."""
    lines, place = "", mistake.__traceback__
    while place is not None:
        code = place.tb_frame.f_code
        lines += f"\n  {code.co_filename}:{place.tb_lineno} {code.co_name}"
        place = place.tb_next
    return lines
