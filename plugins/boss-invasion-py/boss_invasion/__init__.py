"""An invasion: a boss whose health all players wear down together.

The server calls the classes below, whose names and methods are those of the interfaces in wit/.
"""

from wit_world import exports
from wit_world.exports.eligibility import Admission, Application
from wit_world.exports.manifest import Description
from wit_world.exports.rewards import Grant, Page
from wit_world.exports.scoring import Outcome, Scorecard

from .joining import admit
from .parameters import Parameters
from .payout import pay
from .scoring import score
from .sdk import described, logged


class Manifest(exports.Manifest):
    def describe(self) -> Description:
        return described()


class Eligibility(exports.Eligibility):
    @logged
    def check(self, application: Application) -> Admission:
        return admit(application.player, Parameters.of(application.event))


class Scoring(exports.Scoring):
    @logged
    def score(self, card: Scorecard) -> Outcome:
        return score(card, Parameters.of(card.event))


class Rewards(exports.Rewards):
    @logged
    def payout(self, page: Page) -> list[Grant]:
        return pay(page, Parameters.of(page.event))
