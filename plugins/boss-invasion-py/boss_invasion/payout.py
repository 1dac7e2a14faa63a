"""Who is paid what."""

from wit_world.exports.rewards import Grant, Page, Standing

from .parameters import Parameters, Tier
from .scoring import CONTRIBUTION
from .sdk import counter_of
from .sdk.rewards import Grants


def pay(page: Page, parameters: Parameters) -> list[Grant]:
    """Pays all who scored anything: for taking part, for the best tier that they reached, and for their rank."""
    # Of the whole event: a page shows only some of its players.
    contribution = counter_of(page.event, CONTRIBUTION)
    return [
        grant
        for row in page.rows
        if row.participation.score > 0
        for grant in paid(row, contribution, parameters)
    ]


def paid(row: Standing, contribution: int, parameters: Parameters) -> list[Grant]:
    """What one player gets."""
    grants = Grants(row.participation.player.id)
    grants.add(parameters.participation, "took part in the invasion")
    tier = next((tier for tier in parameters.tiers if reaches(row, contribution, tier)), None)
    if tier is not None:
        grants.add(tier.prizes, f"contribution tier {tier.name}")
    for ranks in parameters.ranks:
        if row.rank <= ranks.top:
            grants.add(ranks.prizes, f"among the top {ranks.top}")
    return grants.list()


def reaches(row: Standing, contribution: int, tier: Tier) -> bool:
    score = row.participation.score
    share_percent = score * 100 / contribution if contribution > 0 else 0.0
    return score >= tier.min_score and share_percent >= tier.min_share_percent
