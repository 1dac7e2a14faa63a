"""What game servers say about players and actions: JSON objects of whatever members they like."""

import json
from typing import Any

from .refusing import refused


def count(whose: str, attributes: str, name: str) -> int | None:
    """A whole number that is not negative; None if it is absent or null. `whose` comes before its name when it is malformed.

    Raises a refusal if it is anything else.
    """
    value = json.loads(attributes).get(name)
    # A bool is an int to Python, and no number to JSON.
    if value is None or (type(value) is int and value >= 0):
        return value
    raise malformed(whose, name, value, "count")


def text(whose: str, attributes: str, name: str) -> str | None:
    """A string; None if it is absent or null. `whose` comes before its name when it is malformed.

    Raises a refusal if it is anything else.
    """
    value = json.loads(attributes).get(name)
    if value is None or isinstance(value, str):
        return value
    raise malformed(whose, name, value, "text")


def malformed(whose: str, name: str, value: Any, expected: str):
    return refused("MALFORMED_DATA", f"{whose} `{name}` is malformed: {json.dumps(value)} is no {expected}")
