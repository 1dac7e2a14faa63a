"""What a designer can set."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from wit_world.imports.types import Event

# The server takes no event whose parameters are not valid by it, so that they need not be looked at again here.
SCHEMA: dict[str, Any] = json.loads(Path(__file__).with_name("parameters.schema.json").read_text())


@dataclass(frozen=True)
class Prize:
    """A reward as a designer writes it down."""

    reward_type: str
    reward_id: str | None = None
    amount: int = 1

    @classmethod
    def of(cls, prize: dict[str, Any]) -> "Prize":
        return cls(prize["rewardType"], prize.get("rewardId"), prize.get("amount", 1))


def prizes(written: list[dict[str, Any]]) -> list[Prize]:
    return [Prize.of(prize) for prize in written]


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
        return cls(tier["name"], share, score, prizes(tier["prizes"]))


@dataclass(frozen=True)
class RankPrize:
    """Prizes for a stretch of ranks, from the first to `top`."""

    top: int
    prizes: list[Prize]


DEFAULTS: dict[str, Any] = {
    "minLevel": 0,
    "factions": [],
    "maxHit": 10_000,
    "elementPercent": {},
    "supportPercent": 50,
    "maxSupport": 10_000,
    "completionScore": None,
    "milestones": [{"id": "boss-wounder", "damage": 10_000}, {"id": "boss-bane", "damage": 100_000}],
    "participation": [{"rewardType": "xp", "amount": 50}],
    "tiers": [
        {"name": name, "minSharePercent": share, "minScore": 1, "prizes": [{"rewardType": "xp", "amount": xp}]}
        for name, share, xp in [("gold", 1.0, 500), ("silver", 0.1, 200), ("bronze", 0.01, 100)]
    ],
    "ranks": [{"top": 3, "prizes": [{"rewardType": "xp", "amount": 1_000}]}],
}


@dataclass(frozen=True)
class Parameters:
    """Parameters of the boss invasion; the schema says what each is for."""

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
        given = DEFAULTS | json.loads(event.parameters)
        return cls(
            min_level=given["minLevel"],
            factions=given["factions"],
            max_hit=given["maxHit"],
            element_percent=given["elementPercent"],
            support_percent=given["supportPercent"],
            max_support=given["maxSupport"],
            completion_score=given["completionScore"],
            milestones=[Milestone(it["id"], it["damage"]) for it in given["milestones"]],
            participation=prizes(given["participation"]),
            tiers=[Tier.of(tier) for tier in given["tiers"]],
            ranks=[RankPrize(it["top"], prizes(it["prizes"])) for it in given["ranks"]],
        )
