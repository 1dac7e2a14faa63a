"""The rule, called as a function."""

import json
from unittest import TestCase

from rule import Eligibility, Scoring

from .testing import application, event, participation, player, refused, scorecard

NEWCOMER = participation("p1")


def score(before, *actions: tuple[str, int]):
    return Scoring().score(scorecard(before, list(actions), event({"steps": ["map", "beacon"], "points": 50})))


class Quest(TestCase):
    def test_the_level_must_be_reached(self):
        def check(**attributes):
            return Eligibility().check(application(player("p1", **attributes), event({"minLevel": 10})))

        self.assertEqual(check(level=10).counters, [])
        self.assertEqual(refused(lambda: check(level=9)), ("LEVEL_TOO_LOW", "level 9 is too low: come back at 10"))
        unknown = ("LEVEL_MISSING", "the level is not known, and must be 10 at least")
        self.assertEqual(refused(lambda: check()), unknown)

    def test_a_step_is_noted(self):
        outcome = score(NEWCOMER, ("map", 1))
        self.assertEqual((outcome.score, outcome.completed), (50, False))
        self.assertEqual(json.loads(outcome.progress), {"done": 1})

    def test_the_last_step_completes_the_quest(self):
        outcome = score(participation("p1", 50, done=1), ("beacon", 1))
        self.assertEqual((outcome.score, outcome.completed), (100, True))
        self.assertEqual(len(json.loads(outcome.achievements)), 1)

    def test_steps_out_of_order_are_refused(self):
        early = refused(lambda: score(NEWCOMER, ("beacon", 1)))
        self.assertEqual(early, ("NOT_THE_NEXT_STEP", "beacon must wait for map"))
        code, _ = refused(lambda: score(participation("p1", 100, done=2), ("map", 1)))
        self.assertEqual(code, "QUEST_IS_OVER")
