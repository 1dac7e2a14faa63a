"""Does what it is asked, for the tests: whatever Python has that a rule should not have."""

import datetime
import json
import os
import random
import time
import tomllib
from pathlib import Path

from componentize_py_types import Err
from wit_world import exports
from wit_world.exports.eligibility import Admission, Application
from wit_world.exports.manifest import Description
from wit_world.exports.rewards import Grant, Page
from wit_world.exports.scoring import Outcome, Scorecard
from wit_world.imports import host
from wit_world.imports.types import Refusal

PROJECT = tomllib.loads(Path(__file__).with_name("pyproject.toml").read_text())["project"]


def recurse(depth: int) -> int:
    return recurse(depth + 1) + depth


def loop() -> None:
    while True:
        pass


def hoard() -> None:
    hoarded = []
    while True:
        hoarded.append(bytearray(1 << 20))


ANSWERS = {
    "clock": lambda _: time.time(),
    "date": lambda _: datetime.datetime.now(),
    "timer": lambda _: time.monotonic(),
    "dice": lambda _: random.random(),
    "entropy": lambda _: os.urandom(4).hex(),
    "now": lambda application: application.now,
    "seed": lambda _: host.random_u64(),
    "mistake": lambda _: None.length,
    "files": lambda _: open("/etc/passwd").read(),
    "recursion": lambda _: recurse(0),
    "loop": lambda _: loop(),
    "memory": lambda _: hoard(),
}


class Manifest(exports.Manifest):
    def describe(self) -> Description:
        return Description(PROJECT["name"], PROJECT["version"], description="", parameters_schema="", extra="")


class Eligibility(exports.Eligibility):
    def check(self, application: Application) -> Admission:
        ask = json.loads(application.player.attributes)["ask"]
        if ask not in ANSWERS:
            raise ValueError(f"nobody asked for {ask}")
        raise Err(Refusal("TOLD", str(ANSWERS[ask](application)), details=""))


class Scoring(exports.Scoring):
    def score(self, card: Scorecard) -> Outcome:
        raise Err(Refusal("UNUSED", "", details=""))


class Rewards(exports.Rewards):
    def payout(self, page: Page) -> list[Grant]:
        return []
