/** The rule, called as a function. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { scoring } from "../src/rule.js";
import { event, participation, refused, scorecard } from "./testing.js";

const parameters = { points: 5, maxAmount: 10, completionScore: 100 };

function score(before: number, actions: [string, number][]) {
  return scoring.score(scorecard(participation("p1", before), actions, event(parameters)));
}

test("pieces add up", () => {
  const { score: now, completed } = score(10, [["collect", 3], ["collect", 2]]);
  assert.deepEqual([now, completed], [35n, false]);
});

test("one action is bounded", () => {
  assert.equal(score(0, [["collect", 5_000], ["collect", -3]]).score, 50n);
});

test("enough pieces complete the festival", () => {
  assert.ok(score(95, [["collect", 1]]).completed);
});

test("other actions are refused", () => {
  const refusal = refused(() => score(0, [["collect", 1], ["steal", 1]]));
  assert.deepEqual(refusal, ["UNKNOWN_ACTION", "steal is no action here: use collect"]);
});
