/** The rule, called as a function. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { BOSS_DAMAGE, eligibility, rewards, scoring } from "../src/rule.js";
import { application, counted, event, page, participation, player, refused, scorecard, xp } from "./testing.js";

function score(actions: [string, number][]) {
  return scoring.score(scorecard(participation("p1"), actions, event({ maxHit: 100 })));
}

function payout(damage: number, scores: [string, number][]) {
  const rows = scores.map(([player, score]) => participation(player, score));
  return rewards.payout(page(rows, event({ pot: 1_000 }, { [BOSS_DAMAGE]: damage })));
}

test("the level must be reached", () => {
  const check = (attributes: object) =>
    eligibility.check(application(player("p1", attributes), event({ minLevel: 10 })));
  assert.deepEqual(check({ level: 10 }), { progress: "", counters: [], extra: "" });
  assert.deepEqual(refused(() => check({ level: 9 })), ["LEVEL_TOO_LOW", "level 9 is too low: come back at 10"]);
  const unknown = ["LEVEL_MISSING", "the level is not known, and must be 10 at least"];
  assert.deepEqual(refused(() => check({})), unknown);
});

test("damage counts for the player and against the boss", () => {
  const outcome = score([["hit", 70], ["hit", 5_000], ["hit", -3]]);
  assert.deepEqual([outcome.score, counted(outcome, BOSS_DAMAGE)], [170n, 170]);
});

test("other actions are refused", () => {
  const refusal = refused(() => score([["hit", 1], ["flee", 1]]));
  assert.deepEqual(refusal, ["UNKNOWN_ACTION", "flee is no action here: use hit"]);
});

test("the pot is divided by damage", () => {
  const share = (player: string, amount: number) => xp(player, amount, "a share of the pot");
  assert.deepEqual(payout(400, [["p1", 300], ["p2", 99], ["p3", 0]]), [share("p1", 750), share("p2", 247)]);
  assert.deepEqual(payout(1_000_000, [["p1", 1]]), [share("p1", 1)]);
});
