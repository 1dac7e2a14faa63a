"""What a designer can set."""

from dataclasses import dataclass
from typing import Any

from wit_world.imports.types import Event

from .sdk import parameters_of
from .sdk.rewards import Prize


@dataclass(frozen=True)
class Milestone:
    """An achievement for the damage of one player."""

    id: str
    damage: int


@dataclass(frozen=True)
class Tier:
    """A contribution tier. All thresholds that it names have to be reached."""

    name: str
    min_share_percent: float
    min_score: int
    prizes: list[Prize]

    @classmethod
    def of(cls, tier: dict[str, Any]) -> "Tier":
        share, score = tier.get("minSharePercent", 0), tier.get("minScore", 0)
        return cls(tier["name"], share, score, tier["prizes"])


@dataclass(frozen=True)
class RankPrize:
    """Prizes for a stretch of ranks, from the first to `top`."""

    top: int
    prizes: list[Prize]


@dataclass(frozen=True)
class Parameters:
    """Parameters of the boss invasion; the schema says what each is for, and what it is by default."""

    min_level: int
    factions: list[str]
    max_hit: int
    element_percent: dict[str, int]
    support_percent: int
    max_support: int
    completion_score: int | None
    milestones: list[Milestone]
    participation: list[Prize]
    tiers: list[Tier]
    ranks: list[RankPrize]

    @classmethod
    def of(cls, event: Event) -> "Parameters":
        """What the event's designer has set, and the defaults for the rest."""
        given = parameters_of(event)
        return cls(
            min_level=given["minLevel"],
            factions=given["factions"],
            max_hit=given["maxHit"],
            element_percent=given["elementPercent"],
            support_percent=given["supportPercent"],
            max_support=given["maxSupport"],
            completion_score=given["completionScore"],
            milestones=[Milestone(it["id"], it["damage"]) for it in given["milestones"]],
            participation=given["participation"],
            tiers=[Tier.of(tier) for tier in given["tiers"]],
            ranks=[RankPrize(it["top"], it["prizes"]) for it in given["ranks"]],
        )
