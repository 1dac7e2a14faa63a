"""What a rule that pays can use."""

from dataclasses import dataclass, field
from typing import Any

from wit_world.exports.rewards import Grant
from wit_world.imports.types import RewardType

from . import MAX, MAX_TEXT

# What stands between the reasons of a grant that has several.
SEPARATOR = ", "

# A reward as a designer writes it down: rewardType, and perhaps rewardId and amount.
Prize = dict[str, Any]


@dataclass
class Grants:
    """What one player gets. The same reward from several sources becomes one grant."""

    player: str
    _grants: dict[tuple[str, str | None], Grant] = field(default_factory=dict)

    def add(self, prizes: list[Prize], reason: str) -> None:
        for prize in prizes:
            kind, id, amount = prize["rewardType"], prize.get("rewardId"), prize.get("amount", 1)
            known = self._grants.get((kind, id))
            if known is None:
                grant = Grant(self.player, RewardType[kind.upper()], id, amount, reason[:MAX_TEXT], extra="")
                self._grants[kind, id] = grant
            else:
                merge(known, amount, reason[:MAX_TEXT])

    def list(self) -> list[Grant]:
        return [*self._grants.values()]


def merge(known: Grant, amount: int, reason: str) -> None:
    # An achievement is only had once.
    if known.reward_type != RewardType.ACHIEVEMENT:
        known.amount = min(known.amount + amount, MAX)
    if reason not in known.reason.split(SEPARATOR):
        known.reason = f"{known.reason}{SEPARATOR}{reason}"[:MAX_TEXT]
