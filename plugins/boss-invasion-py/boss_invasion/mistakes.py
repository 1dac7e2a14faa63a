"""What helps to find a mistake in the rule."""

from collections.abc import Callable
from functools import wraps

from componentize_py_types import Err
from wit_world.imports import host


def logged[Rule, Input, Answer](call: Callable[[Rule, Input], Answer]) -> Callable[[Rule, Input], Answer]:
    """Writes an error into the rule's log, where `plugin test` shows it, before the call breaks off because of it."""

    @wraps(call)
    def logging(rule: Rule, given: Input) -> Answer:
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
