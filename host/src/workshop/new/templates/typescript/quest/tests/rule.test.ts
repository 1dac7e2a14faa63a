/** The rule, called as a function. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { eligibility, scoring } from "../src/rule.js";
import { application, event, participation, player, refused, scorecard } from "./testing.js";

const newcomer = participation("p1");

function score(before: typeof newcomer, actions: [string, number][]) {
  return scoring.score(scorecard(before, actions, event({ steps: ["map", "beacon"], points: 50 })));
}

test("the level must be reached", () => {
  const check = (attributes: object) =>
    eligibility.check(application(player("p1", attributes), event({ minLevel: 10 })));
  assert.deepEqual(check({ level: 10 }), { progress: "", counters: [], extra: "" });
  assert.deepEqual(refused(() => check({ level: 9 })), ["LEVEL_TOO_LOW", "level 9 is too low: come back at 10"]);
  const unknown = ["LEVEL_MISSING", "the level is not known, and must be 10 at least"];
  assert.deepEqual(refused(() => check({})), unknown);
});

test("a step is noted", () => {
  const { score: now, completed, progress } = score(newcomer, [["map", 1]]);
  assert.deepEqual([now, completed, JSON.parse(progress)], [50n, false, { done: 1 }]);
});

test("the last step completes the quest", () => {
  const { score: now, completed, achievements } = score(participation("p1", 50, { done: 1 }), [["beacon", 1]]);
  assert.deepEqual([now, completed, JSON.parse(achievements).length], [100n, true, 1]);
});

test("steps out of order are refused", () => {
  const early = refused(() => score(newcomer, [["beacon", 1]]));
  assert.deepEqual(early, ["NOT_THE_NEXT_STEP", "beacon must wait for map"]);
  const [late] = refused(() => score(participation("p1", 100, { done: 2 }), [["map", 1]]));
  assert.equal(late, "QUEST_IS_OVER");
});
