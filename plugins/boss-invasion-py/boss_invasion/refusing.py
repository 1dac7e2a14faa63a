"""The rule's own "no"."""

from componentize_py_types import Err
from wit_world.imports.types import Refusal

# The server's bound for a message, in characters.
MAX_MESSAGE = 500


def refused(code: str, message: str) -> Err[Refusal]:
    """A "no" to raise, with a code for programs and one sentence for a person, of which the server takes 500 characters."""
    return Err(Refusal(code, message[:MAX_MESSAGE], details=""))
