/** What actions are worth. */

import type { Action, Outcome, Scorecard } from "world-events:rules/scoring@0.1.0";
import type { Participation } from "world-events:rules/types@0.1.0";

import type { Parameters } from "./parameters.js";
import { addScore, attribute, count, progressOf, refusal, unchanged } from "./sdk.js";

/** The shared counter of the damage that the boss has taken. A goal on it is the boss's health. */
export const BOSS_DAMAGE = "boss-damage";

/**
 * The shared counter of all points that were scored, which a player's share is a share of. It differs from the damage by
 * what healing and support are worth.
 */
export const CONTRIBUTION = "contribution";

/** The rule's notes about a player. */
interface Progress {
  /** How many hits did damage. */
  hits: number;
  /** The damage of all hits. */
  damage: number;
  /** The damage of the best hit. */
  bestHit: number;
  /** What was healed and supported, before its worth is reckoned. */
  support: number;
}

/** Scores one report. A refusal is thrown, and refuses the report as a whole. */
export function scored({ participation, report }: Scorecard, parameters: Parameters): Outcome {
  const before = progressOf<Progress>(participation, { hits: 0, damage: 0, bestHit: 0, support: 0 });
  const now = { ...before };
  const percentOfHit = percents(participation, parameters);
  let points = 0;
  for (const action of report.actions) {
    if (action.amount < 0n) throw negative(action);
    const amount = Number(action.amount);
    switch (action.kind) {
      case "hit":
        points += hit(amount, percentOfHit(action), parameters, now);
        break;
      case "heal":
      case "support":
        points += support(amount, parameters, now);
        break;
      default:
        throw unknown(action);
    }
  }

  const outcome = unchanged(participation);
  addScore(outcome, points);
  outcome.progress = JSON.stringify(now);
  outcome.achievements = JSON.stringify(reached(before, now, parameters).map((id) => ({ id })));
  outcome.completed ||= parameters.completionScore !== null && outcome.score >= BigInt(parameters.completionScore);
  count(outcome.counters, CONTRIBUTION, points);
  count(outcome.counters, BOSS_DAMAGE, now.damage - before.damage);
  return outcome;
}

/** Notes a hit and says what it is worth. */
function hit(amount: number, percent: number, parameters: Parameters, progress: Progress): number {
  const damage = percentOf(Math.min(amount, parameters.maxHit), percent);
  if (damage > 0) {
    progress.hits += 1;
    progress.damage += damage;
    progress.bestHit = Math.max(progress.bestHit, damage);
  }
  return damage;
}

/** What damage counts, by the element of the action, or else that of the player. */
function percents({ player }: Participation, { elementPercent }: Parameters): (action: Action) => number {
  if (Object.keys(elementPercent).length === 0) return () => 100;
  let ofPlayer: number | undefined;
  const percent = (whose: string, attributes: string) => {
    const element = attribute(whose, attributes, "element", "text");
    if (element === undefined) return undefined;
    return Object.hasOwn(elementPercent, element) ? elementPercent[element] : 100;
  };
  return (action) =>
    percent("the action's attribute", action.attributes) ??
    // Read once, if at all: a report may have a thousand actions.
    (ofPlayer ??= percent("the player's attribute", player.attributes) ?? 100);
}

/** Notes a heal or a support and says what it is worth. */
function support(amount: number, parameters: Parameters, progress: Progress): number {
  const given = Math.min(amount, parameters.maxSupport);
  progress.support += given;
  return percentOf(given, parameters.supportPercent);
}

/** The achievements that were not there before: the first hit, and the milestones of damage. */
function reached(before: Progress, now: Progress, parameters: Parameters): string[] {
  const firstBlood = before.hits === 0 && now.hits > 0 ? ["first-blood"] : [];
  const passed = parameters.milestones.filter(({ damage }) => before.damage < damage && now.damage >= damage);
  return [...firstBlood, ...passed.map(({ id }) => id)];
}

/** Rounded down. Amounts are capped by the parameters, so that nothing here comes near 2^53. */
function percentOf(amount: number, percent: number): number {
  return Math.floor((amount * percent) / 100);
}

function negative({ kind, amount }: Action) {
  return refusal("NEGATIVE_AMOUNT", `${kind} of ${amount}: an amount cannot be negative`);
}

function unknown({ kind }: Action) {
  return refusal("UNKNOWN_ACTION", `${kind} is no action of the invasion: use hit, heal or support`);
}
