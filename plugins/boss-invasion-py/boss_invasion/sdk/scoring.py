"""What a rule that scores can use."""

from wit_world.exports.scoring import Outcome
from wit_world.imports.types import Counter, ParticipantStatus, Participation

from . import MAX


def bounded(amount: int, most: int) -> int:
    """An amount that was reported, between 0 and the most that is taken."""
    return min(max(amount, 0), most)


def unchanged(before: Participation) -> Outcome:
    """The outcome in which nothing changes, to be changed."""
    is_completed = before.status == ParticipantStatus.COMPLETED
    return Outcome(before.score, before.progress, achievements="[]", completed=is_completed, counters=[], extra="")


def add_score(outcome: Outcome, points: int) -> None:
    """Adds to the score, which stops at its bounds."""
    outcome.score = bounded(outcome.score + points, MAX)


def add_to(counters: list[Counter], name: str, delta: int) -> None:
    """Adds to a shared counter. What is added under one name comes together."""
    known = next((counter for counter in counters if counter.name == name), None)
    if known is not None:
        known.value += delta
    elif delta != 0:
        counters.append(Counter(name, delta))
