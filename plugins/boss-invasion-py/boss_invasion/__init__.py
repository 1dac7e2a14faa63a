"""An invasion: a boss whose health all players wear down together.

The server calls the classes below, whose names and methods are those of the interfaces in wit/.
"""

import json
import tomllib
from pathlib import Path

from wit_world import exports
from wit_world.exports.eligibility import Admission, Application
from wit_world.exports.manifest import Description
from wit_world.exports.rewards import Grant, Page
from wit_world.exports.scoring import Outcome, Scorecard

from .joining import admit
from .mistakes import logged
from .parameters import SCHEMA, Parameters
from .payout import pay
from .scoring import score

# Read while the plugin is built: a rule that runs has no files.
PROJECT = tomllib.loads(Path(__file__).parents[1].joinpath("pyproject.toml").read_text())["project"]


class Manifest(exports.Manifest):
    def describe(self) -> Description:
        return Description(
            name=PROJECT["name"],
            version=PROJECT["version"],
            description=PROJECT["description"],
            parameters_schema=json.dumps(SCHEMA),
            extra="",
        )


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
