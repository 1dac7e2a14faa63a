"""The rule, called as a function."""

import json
from unittest import TestCase

from rule import Eligibility, Rewards, Scoring, counter

from .testing import application, coming_back, counted, event, page, participation, player, refused, scorecard, xp


def score(*actions: tuple[str, int]):
    fighter = participation("p1", side="dusk")
    parameters = {"capturePoints": 50, "defendPoints": 20}
    return Scoring().score(scorecard(fighter, list(actions), event(parameters)))


def payout(dawn: int, dusk: int):
    players = [("p1", "dawn", 50), ("p2", "dusk", 20), ("p3", "dusk", 0)]
    rows = [participation(id, score, side=side) for id, side, score in players]
    return Rewards().payout(page(rows, event({}, {counter("dawn"): dawn, counter("dusk"): dusk})))


class War(TestCase):
    def test_only_the_sides_may_join(self):
        def check(**attributes):
            return Eligibility().check(application(player("p1", **attributes)))

        admission = check(faction="dawn")
        self.assertEqual(json.loads(admission.progress), {"side": "dawn"})
        self.assertEqual(counted(admission.counters, "members-dawn"), 1)
        stranger = refused(lambda: check(faction="noon"))
        self.assertEqual(stranger, ("NOT_AT_WAR", "noon is not at war: the sides are dawn, dusk"))
        unknown = refused(lambda: check())
        self.assertEqual(unknown, ("FACTION_MISSING", "the faction is not known: the sides are dawn, dusk"))

    def test_who_comes_back_fights_for_the_same_side(self):
        before = participation(player("p1", faction="dawn"), side="dusk")
        counters = Eligibility().check(coming_back(before)).counters
        self.assertEqual((counted(counters, "members-dusk"), counted(counters, "members-dawn")), (1, 0))

    def test_points_count_for_the_player_and_for_the_side(self):
        outcome = score(("capture", 1), ("defend", 1))
        moved = [counted(outcome.counters, name) for name in ("points-dusk", "points-dawn")]
        self.assertEqual((outcome.score, moved), (70, [70, 0]))

    def test_other_actions_are_refused(self):
        refusal = refused(lambda: score(("retreat", 1)))
        self.assertEqual(refusal, ("UNKNOWN_ACTION", "retreat is no action here: use capture or defend"))

    def test_the_stronger_side_is_paid_more(self):
        def won(id: str):
            return xp(id, 300, "victory")

        def lost(id: str):
            return xp(id, 100, "defeat")

        self.assertEqual(payout(50, 20), [won("p1"), lost("p2")])
        self.assertEqual(payout(50, 70), [lost("p1"), won("p2")])
        self.assertEqual(payout(50, 50), [won("p1"), won("p2")])
