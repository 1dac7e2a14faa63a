"""The rule, called as a function."""

from unittest import TestCase

from rule import RELIEF, Rewards, Scoring

from .testing import counted, event, page, participation, refused, scorecard, xp


def score(*actions: tuple[str, int]):
    parameters = {"rescuePoints": 20, "repairPoints": 5, "maxAmount": 10}
    return Scoring().score(scorecard(participation("p1"), list(actions), event(parameters)))


def payout(relief: int):
    over = event({"reliefNeeded": 100}, {RELIEF: relief})
    return Rewards().payout(page([participation("p1", 40), participation("p2")], over))


class Disaster(TestCase):
    def test_help_counts_for_the_player_and_for_the_region(self):
        outcome = score(("rescue", 2), ("repair", 3))
        self.assertEqual((outcome.score, counted(outcome.counters, RELIEF)), (55, 55))

    def test_one_action_is_bounded(self):
        outcome = score(("repair", 5_000), ("rescue", -1))
        self.assertEqual((outcome.score, counted(outcome.counters, RELIEF)), (50, 50))

    def test_other_actions_are_refused(self):
        refusal = refused(lambda: score(("rescue", 1), ("loot", 1)))
        self.assertEqual(refusal, ("UNKNOWN_ACTION", "loot is no action here: use rescue or repair"))

    def test_who_helped_is_paid_more_if_the_region_is_saved(self):
        self.assertEqual(payout(99), [xp("p1", 50, "helped")])
        self.assertEqual(payout(100), [xp("p1", 250, "helped, saved the region")])
