/** Calls for unit tests, in one line each. What a test does not mention has a plain default. */

import type { Admission, Application } from "world-events:rules/eligibility@0.1.0";
import type { Grant, Page } from "world-events:rules/rewards@0.1.0";
import type { Outcome, Scorecard } from "world-events:rules/scoring@0.1.0";
import type { Event, Participation, Player, Refusal } from "world-events:rules/types@0.1.0";

/** An event with a designer's parameters and shared counters. */
export function event(parameters: object = {}, counters: Record<string, number> = {}): Event {
  return {
    id: "00000000-0000-0000-0000-000000000000",
    type: "festival",
    name: "test",
    region: "test",
    difficulty: "medium",
    startsAt: 0n,
    participants: 0,
    objectives: "[]",
    rewards: "[]",
    data: "{}",
    parameters: JSON.stringify(parameters),
    counters: Object.entries(counters).map(([name, value]) => ({ name, value: BigInt(value) })),
    extra: "{}",
  };
}

export function player(id: string, attributes: object = {}): Player {
  return { id, attributes: JSON.stringify(attributes), extra: "{}" };
}

/** How a player stands, with a score and the rule's own notes. */
export function participation(who: string | Player, score = 0, progress: object = {}): Participation {
  return {
    player: typeof who === "string" ? player(who) : who,
    status: "active",
    score: BigInt(score),
    progress: JSON.stringify(progress),
    achievements: "[]",
    joinedAt: 0n,
    lastActivity: 0n,
    extra: "{}",
  };
}

/** A newcomer at the door. */
export function application(player: Player, of = event()): Application {
  return { event: of, player, now: 0n, seed: 0n };
}

/** Somebody who left and comes back. */
export function comingBack(before: Participation, to = event()): Application {
  return { ...application(before.player, to), participation: { ...before, status: "left" } };
}

/** A report of actions, each a kind and an amount. */
export function scorecard(participation: Participation, actions: [string, number][], of = event()): Scorecard {
  const reported = actions.map(([kind, amount]) => ({ kind, amount: BigInt(amount), attributes: "{}" }));
  return { event: of, participation, report: { actions: reported, at: 0n, extra: "{}" }, seed: 0n };
}

/** The final standings on one page: ordered by score, equal scores sharing a rank. */
export function page(participations: Participation[], of = event()): Page {
  const sorted = [...participations].sort((a, b) => Number(b.score - a.score));
  const rank = ({ score }: Participation) => BigInt(sorted.findIndex((other) => other.score === score) + 1);
  const rows = sorted.map((participation) => ({ rank: rank(participation), participation }));
  return { event: of, offset: 0n, total: BigInt(rows.length), rows, now: 0n, seed: 0n };
}

/** What is added to a shared counter; 0 if nothing is. */
export function counted({ counters }: Admission | Outcome, name: string): number {
  return Number(counters.find((counter) => counter.name === name)?.value ?? 0n);
}

/** A grant of experience. */
export function xp(player: string, amount: number, reason: string): Grant {
  return { player, rewardType: "xp", amount: BigInt(amount), reason, extra: "" };
}

/** The code and the message of the refusal that a call throws. */
export function refused(call: () => unknown): [string, string] {
  try {
    call();
  } catch (thrown) {
    // A mistake of the rule's is no refusal.
    if (thrown instanceof Error) throw thrown;
    const { code, message } = thrown as Refusal;
    return [code, message];
  }
  throw new Error("nothing was refused");
}
