"""Who is paid what."""

from wit_world.exports.rewards import Grant, Page, Standing
from wit_world.imports.types import RewardType

from .parameters import Parameters, Prize, Tier
from .scoring import CONTRIBUTION

# What stands between the reasons of a grant that has several.
SEPARATOR = ", "

# The server's bound for the reason of a grant, in characters.
MAX_REASON = 500

# The largest amount of a reward.
MAX_AMOUNT = 2**53 - 1


def pay(page: Page, parameters: Parameters) -> list[Grant]:
    """Pays all who scored anything: for taking part, for the best tier that they reached, and for their rank."""
    # Of the whole event: a page shows only some of its players.
    contribution = next((it.value for it in page.event.counters if it.name == CONTRIBUTION), 0)
    return [
        grant
        for row in page.rows
        if row.participation.score > 0
        for grant in paid(row, contribution, parameters)
    ]


def paid(row: Standing, contribution: int, parameters: Parameters) -> list[Grant]:
    """What one player gets. The same reward from several sources becomes one grant."""
    player = row.participation.player.id
    grants: dict[tuple[str, str | None], Grant] = {}

    def add(prizes: list[Prize], reason: str) -> None:
        for prize in prizes:
            key = (prize.reward_type, prize.reward_id)
            if key in grants:
                merge(grants[key], prize, reason)
            else:
                kind = RewardType[prize.reward_type.upper()]
                grants[key] = Grant(player, kind, prize.reward_id, prize.amount, reason, extra="")

    add(parameters.participation, "took part in the invasion")
    tier = next((tier for tier in parameters.tiers if reaches(row, contribution, tier)), None)
    if tier is not None:
        add(tier.prizes, f"contribution tier {tier.name}")
    for ranks in parameters.ranks:
        if row.rank <= ranks.top:
            add(ranks.prizes, f"among the top {ranks.top}")
    return list(grants.values())


def merge(known: Grant, prize: Prize, reason: str) -> None:
    # An achievement is only had once.
    if known.reward_type != RewardType.ACHIEVEMENT:
        known.amount = min(known.amount + prize.amount, MAX_AMOUNT)
    if reason not in known.reason.split(SEPARATOR):
        known.reason = f"{known.reason}{SEPARATOR}{reason}"[:MAX_REASON]


def reaches(row: Standing, contribution: int, tier: Tier) -> bool:
    score = row.participation.score
    share_percent = score * 100 / contribution if contribution > 0 else 0.0
    return score >= tier.min_score and share_percent >= tier.min_share_percent
