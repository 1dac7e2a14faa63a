/** The rule, called as a function. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { RELIEF, rewards, scoring } from "../src/rule.js";
import { counted, event, page, participation, refused, scorecard, xp } from "./testing.js";

function score(actions: [string, number][]) {
  const parameters = { rescuePoints: 20, repairPoints: 5, maxAmount: 10 };
  return scoring.score(scorecard(participation("p1"), actions, event(parameters)));
}

function payout(relief: number) {
  const over = event({ reliefNeeded: 100 }, { [RELIEF]: relief });
  return rewards.payout(page([participation("p1", 40), participation("p2")], over));
}

test("help counts for the player and for the region", () => {
  const outcome = score([["rescue", 2], ["repair", 3]]);
  assert.deepEqual([outcome.score, counted(outcome, RELIEF)], [55n, 55]);
});

test("one action is bounded", () => {
  const outcome = score([["repair", 5_000], ["rescue", -1]]);
  assert.deepEqual([outcome.score, counted(outcome, RELIEF)], [50n, 50]);
});

test("other actions are refused", () => {
  const refusal = refused(() => score([["rescue", 1], ["loot", 1]]));
  assert.deepEqual(refusal, ["UNKNOWN_ACTION", "loot is no action here: use rescue or repair"]);
});

test("who helped is paid more if the region is saved", () => {
  assert.deepEqual(payout(99), [xp("p1", 50, "helped")]);
  assert.deepEqual(payout(100), [xp("p1", 250, "helped, saved the region")]);
});
