"""The rule, called as a function."""

from unittest import TestCase

from rule import BOSS_DAMAGE, Eligibility, Rewards, Scoring

from .testing import application, counted, event, page, participation, player, refused, scorecard, xp


def score(*actions: tuple[str, int]):
    return Scoring().score(scorecard(participation("p1"), list(actions), event({"maxHit": 100})))


def payout(damage: int, **scores: int):
    rows = [participation(player, score) for player, score in scores.items()]
    return Rewards().payout(page(rows, event({"pot": 1_000}, {BOSS_DAMAGE: damage})))


class Invasion(TestCase):
    def test_the_level_must_be_reached(self):
        def check(**attributes):
            return Eligibility().check(application(player("p1", **attributes), event({"minLevel": 10})))

        self.assertEqual(check(level=10).counters, [])
        self.assertEqual(refused(lambda: check(level=9)), ("LEVEL_TOO_LOW", "level 9 is too low: come back at 10"))
        unknown = ("LEVEL_MISSING", "the level is not known, and must be 10 at least")
        self.assertEqual(refused(lambda: check()), unknown)

    def test_damage_counts_for_the_player_and_against_the_boss(self):
        outcome = score(("hit", 70), ("hit", 5_000), ("hit", -3))
        self.assertEqual((outcome.score, counted(outcome.counters, BOSS_DAMAGE)), (170, 170))

    def test_other_actions_are_refused(self):
        refusal = refused(lambda: score(("hit", 1), ("flee", 1)))
        self.assertEqual(refusal, ("UNKNOWN_ACTION", "flee is no action here: use hit"))

    def test_the_pot_is_divided_by_damage(self):
        def share(player: str, amount: int):
            return xp(player, amount, "a share of the pot")

        self.assertEqual(payout(400, p1=300, p2=99, p3=0), [share("p1", 750), share("p2", 247)])
        self.assertEqual(payout(1_000_000, p1=1), [share("p1", 1)])
