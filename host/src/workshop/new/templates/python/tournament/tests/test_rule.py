"""The rule, called as a function."""

import json
from unittest import TestCase

from rule import Rewards, Scoring

from .testing import event, page, participation, refused, scorecard, xp

SECOND = participation("p1", 70, attempts=1)


def score(before, *actions: tuple[str, int]):
    return Scoring().score(scorecard(before, list(actions), event({"attempts": 2})))


class Tournament(TestCase):
    def test_the_best_attempt_counts(self):
        first = score(participation("p1"), ("attempt", 70))
        self.assertEqual((first.score, first.completed), (70, False))
        second = score(SECOND, ("attempt", 40))
        self.assertEqual((second.score, second.completed), (70, True))
        self.assertEqual(json.loads(second.progress), {"attempts": 2})

    def test_an_attempt_too_many_is_refused(self):
        refusal = refused(lambda: score(SECOND, ("attempt", 5), ("attempt", 6)))
        self.assertEqual(refusal, ("NO_ATTEMPTS_LEFT", "all 2 attempts are used up"))

    def test_other_actions_are_refused(self):
        refusal = refused(lambda: score(participation("p1"), ("cheer", 1)))
        self.assertEqual(refusal, ("UNKNOWN_ACTION", "cheer is no action here: use attempt"))

    def test_the_podium_is_paid_by_rank(self):
        scores = {"p1": 9, "p2": 9, "p3": 7, "p4": 5, "p5": 0}
        over = page([participation(player, score) for player, score in scores.items()])
        paid = [xp("p1", 1_000, "rank 1"), xp("p2", 1_000, "rank 1"), xp("p3", 250, "rank 3")]
        self.assertEqual(Rewards().payout(over), paid)
