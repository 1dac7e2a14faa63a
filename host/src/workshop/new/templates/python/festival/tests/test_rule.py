"""The rule, called as a function."""

from unittest import TestCase

from rule import Scoring

from .testing import event, participation, refused, scorecard


def score(before: int, *actions: tuple[str, int]):
    parameters = {"points": 5, "maxAmount": 10, "completionScore": 100}
    return Scoring().score(scorecard(participation("p1", before), list(actions), event(parameters)))


class Festival(TestCase):
    def test_pieces_add_up(self):
        outcome = score(10, ("collect", 3), ("collect", 2))
        self.assertEqual((outcome.score, outcome.completed), (35, False))

    def test_one_action_is_bounded(self):
        self.assertEqual(score(0, ("collect", 5_000), ("collect", -3)).score, 50)

    def test_enough_pieces_complete_the_festival(self):
        self.assertTrue(score(95, ("collect", 1)).completed)

    def test_other_actions_are_refused(self):
        refusal = refused(lambda: score(0, ("collect", 1), ("steal", 1)))
        self.assertEqual(refusal, ("UNKNOWN_ACTION", "steal is no action here: use collect"))
