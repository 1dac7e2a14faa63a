"""What actions are worth."""

import json
from dataclasses import dataclass, replace
from typing import Any

from wit_world.exports.scoring import Action, Outcome, Scorecard
from wit_world.imports.types import Player

from .parameters import Parameters
from .sdk import refused, text
from .sdk.scoring import add_score, add_to, unchanged

# The shared counter of the damage that the boss has taken. A goal on it is the boss's health.
BOSS_DAMAGE = "boss-damage"

# The shared counter of all points that were scored, which a player's share is a share of. It differs from the damage by
# what healing and support are worth.
CONTRIBUTION = "contribution"


@dataclass
class Progress:
    """The rule's notes about a player."""

    # How many hits did damage.
    hits: int = 0
    # The damage of all hits.
    damage: int = 0
    # The damage of the best hit.
    best_hit: int = 0
    # What was healed and supported, before its worth is reckoned.
    support: int = 0

    @classmethod
    def of(cls, notes: dict[str, Any]) -> "Progress":
        return cls(*(notes.get(name, 0) for name in ("hits", "damage", "bestHit", "support")))

    def notes(self) -> dict[str, int]:
        return {"hits": self.hits, "damage": self.damage, "bestHit": self.best_hit, "support": self.support}


def score(card: Scorecard, parameters: Parameters) -> Outcome:
    """Scores one report. A refusal is raised, and refuses the report as a whole."""
    participation = card.participation
    before = Progress.of(json.loads(participation.progress))
    now = replace(before)
    points = 0
    for action in card.report.actions:
        if action.amount < 0:
            raise refused("NEGATIVE_AMOUNT", f"{action.kind} of {action.amount}: an amount cannot be negative")
        match action.kind:
            case "hit":
                points += hit(action, participation.player, parameters, now)
            case "heal" | "support":
                points += support(action, parameters, now)
            case kind:
                raise refused("UNKNOWN_ACTION", f"{kind} is no action of the invasion: use hit, heal or support")

    outcome = unchanged(participation)
    add_score(outcome, points)
    outcome.progress = json.dumps(now.notes())
    outcome.achievements = json.dumps([{"id": id} for id in reached(before, now, parameters)])
    outcome.completed |= parameters.completion_score is not None and outcome.score >= parameters.completion_score
    add_to(outcome.counters, CONTRIBUTION, points)
    add_to(outcome.counters, BOSS_DAMAGE, now.damage - before.damage)
    return outcome


def hit(action: Action, player: Player, parameters: Parameters, progress: Progress) -> int:
    """Notes a hit and says what it is worth."""
    percent = element_percent(action, player, parameters.element_percent)
    damage = percent_of(min(action.amount, parameters.max_hit), percent)
    if damage > 0:
        progress.hits += 1
        progress.damage += damage
        progress.best_hit = max(progress.best_hit, damage)
    return damage


def element_percent(action: Action, player: Player, percents: dict[str, int]) -> int:
    """What damage counts, by the element of the action, or else that of the player."""
    if not percents:
        return 100
    element = text("the action's attribute", action.attributes, "element")
    if element is None:
        element = text("the player's attribute", player.attributes, "element")
    return percents.get(element, 100) if element is not None else 100


def support(action: Action, parameters: Parameters, progress: Progress) -> int:
    """Notes a heal or a support and says what it is worth."""
    given = min(action.amount, parameters.max_support)
    progress.support += given
    return percent_of(given, parameters.support_percent)


def reached(before: Progress, now: Progress, parameters: Parameters) -> list[str]:
    """The achievements that were not there before: the first hit, and the milestones of damage."""
    first_blood = ["first-blood"] if before.hits == 0 and now.hits > 0 else []
    return first_blood + [it.id for it in parameters.milestones if before.damage < it.damage <= now.damage]


def percent_of(amount: int, percent: int) -> int:
    """Rounded down."""
    return amount * percent // 100
