/** The rule, called as a function. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { counter, eligibility, rewards, scoring } from "../src/rule.js";
import { application, comingBack, counted, event, page, participation, player, refused, scorecard, xp } from "./testing.js";

function score(actions: [string, number][]) {
  const fighter = participation("p1", 0, { side: "dusk" });
  return scoring.score(scorecard(fighter, actions, event({ capturePoints: 50, defendPoints: 20 })));
}

function payout(dawn: number, dusk: number) {
  const players: [string, string, number][] = [["p1", "dawn", 50], ["p2", "dusk", 20], ["p3", "dusk", 0]];
  const rows = players.map(([id, side, score]) => participation(id, score, { side }));
  return rewards.payout(page(rows, event({}, { [counter("dawn")]: dawn, [counter("dusk")]: dusk })));
}

test("only the sides may join", () => {
  const check = (attributes: object) => eligibility.check(application(player("p1", attributes)));
  const admission = check({ faction: "dawn" });
  assert.deepEqual(JSON.parse(admission.progress), { side: "dawn" });
  assert.equal(counted(admission, "members-dawn"), 1);
  const stranger = refused(() => check({ faction: "noon" }));
  assert.deepEqual(stranger, ["NOT_AT_WAR", "noon is not at war: the sides are dawn, dusk"]);
  const unknown = refused(() => check({}));
  assert.deepEqual(unknown, ["FACTION_MISSING", "the faction is not known: the sides are dawn, dusk"]);
});

test("who comes back fights for the same side", () => {
  const before = participation(player("p1", { faction: "dawn" }), 0, { side: "dusk" });
  const admission = eligibility.check(comingBack(before));
  assert.deepEqual([counted(admission, "members-dusk"), counted(admission, "members-dawn")], [1, 0]);
});

test("points count for the player and for the side", () => {
  const outcome = score([["capture", 1], ["defend", 1]]);
  const { score: points } = outcome;
  assert.deepEqual([points, counted(outcome, "points-dusk"), counted(outcome, "points-dawn")], [70n, 70, 0]);
});

test("other actions are refused", () => {
  const refusal = refused(() => score([["retreat", 1]]));
  assert.deepEqual(refusal, ["UNKNOWN_ACTION", "retreat is no action here: use capture or defend"]);
});

test("the stronger side is paid more", () => {
  const won = (id: string) => xp(id, 300, "victory");
  const lost = (id: string) => xp(id, 100, "defeat");
  assert.deepEqual(payout(50, 20), [won("p1"), lost("p2")]);
  assert.deepEqual(payout(50, 70), [lost("p1"), won("p2")]);
  assert.deepEqual(payout(50, 50), [won("p1"), won("p2")]);
});
