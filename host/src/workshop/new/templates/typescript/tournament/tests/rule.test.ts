/** The rule, called as a function. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { rewards, scoring } from "../src/rule.js";
import { event, page, participation, refused, scorecard, xp } from "./testing.js";

const second = participation("p1", 70, { attempts: 1 });

function score(before: typeof second, actions: [string, number][]) {
  return scoring.score(scorecard(before, actions, event({ attempts: 2 })));
}

test("the best attempt counts", () => {
  const first = score(participation("p1"), [["attempt", 70]]);
  assert.deepEqual([first.score, first.completed], [70n, false]);
  const { score: best, completed, progress } = score(second, [["attempt", 40]]);
  assert.deepEqual([best, completed, JSON.parse(progress)], [70n, true, { attempts: 2 }]);
});

test("an attempt too many is refused", () => {
  const refusal = refused(() => score(second, [["attempt", 5], ["attempt", 6]]));
  assert.deepEqual(refusal, ["NO_ATTEMPTS_LEFT", "all 2 attempts are used up"]);
});

test("other actions are refused", () => {
  const refusal = refused(() => score(participation("p1"), [["cheer", 1]]));
  assert.deepEqual(refusal, ["UNKNOWN_ACTION", "cheer is no action here: use attempt"]);
});

test("the podium is paid by rank", () => {
  const scores: [string, number][] = [["p1", 9], ["p2", 9], ["p3", 7], ["p4", 5], ["p5", 0]];
  const over = page(scores.map(([player, score]) => participation(player, score)));
  const paid = [xp("p1", 1_000, "rank 1"), xp("p2", 1_000, "rank 1"), xp("p3", 250, "rank 3")];
  assert.deepEqual(rewards.payout(over), paid);
});
