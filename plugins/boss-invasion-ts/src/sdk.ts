/**
 * What any rule in TypeScript can use: what the plugin is, parameters, attributes, refusals, outcomes and grants. Every
 * plugin that `world-events plugin new` makes begins with the same file.
 */

import { log } from "world-events:rules/host@0.1.0";
import type { Description } from "world-events:rules/manifest@0.1.0";
import type { Grant } from "world-events:rules/rewards@0.1.0";
import type { Outcome } from "world-events:rules/scoring@0.1.0";
import type { Counter, Event, Participation, Refusal, RewardType } from "world-events:rules/types@0.1.0";

import * as project from "../package.json";
import schema from "./parameters.schema.json" with { type: "json" };

/** The highest score, counter and amount: the largest integer that every JSON reader gets right. */
export const MAX = Number.MAX_SAFE_INTEGER;

/** The server's bound for a message and for the reason of a grant, in characters. */
const MAX_TEXT = 500;

/** What stands between the reasons of a grant that has several. */
const SEPARATOR = ", ";

/** What the plugin is, by its package.json and the schema of its parameters. */
export function described(): Description {
  const { name, version, description } = project;
  return { name, version, description, parametersSchema: JSON.stringify(schema), extra: "" };
}

const defaults = Object.fromEntries(
  Object.entries(schema.properties).map(([name, property]) => [name, (property as { default?: unknown }).default]),
);

/**
 * What the event's designer has set, and the schema's defaults for the rest. The server takes no event whose parameters
 * are not valid by the schema, so that they need not be looked at again here.
 */
export function parametersOf<Parameters>(event: Event): Parameters {
  return { ...defaults, ...JSON.parse(event.parameters) };
}

/** The rule's notes about a player, with what is not noted yet as in `before`. */
export function progressOf<Progress>(participation: Participation, before: Progress): Progress {
  return { ...before, ...(JSON.parse(participation.progress) as Partial<Progress>) };
}

/** The value of a shared counter; 0 if nothing ever moved it. */
export function counterOf(event: Event, name: string): number {
  return Number(event.counters.find((counter) => counter.name === name)?.value ?? 0n);
}

/** A "no" to throw, with a code for programs and one sentence for a person. */
export function refusal(code: string, message: string): Refusal {
  return { code, message: shortened(message), details: "" };
}

/** The types of members that a rule can ask for. */
interface Types {
  /** A whole number that is not negative. */
  count: number;
  text: string;
}

const IS = {
  count: (value: unknown) => Number.isSafeInteger(value) && (value as number) >= 0,
  text: (value: unknown) => typeof value === "string",
};

/**
 * One member of a JSON object, such as an attribute: game servers set whatever they like. `undefined` if it is absent or
 * null.
 *
 * @param whose What is said before its name when it is malformed.
 * @throws A refusal, if it is of another type.
 */
export function attribute<T extends keyof Types>(
  whose: string,
  json: string,
  name: string,
  type: T,
): Types[T] | undefined {
  // Most actions have none, and a report may have a thousand.
  if (json === "{}") return undefined;
  const members = JSON.parse(json) as Record<string, unknown>;
  const value = Object.hasOwn(members, name) ? members[name] : undefined;
  if (value === undefined || value === null) return undefined;
  if (!IS[type](value)) {
    throw refusal("MALFORMED_DATA", `${whose} \`${name}\` is malformed: ${JSON.stringify(value)} is no ${type}`);
  }
  return value as Types[T];
}

/** An amount that was reported, between 0 and the most that is taken. */
export function bounded(amount: bigint, most: number): number {
  return Math.min(Math.max(Number(amount), 0), most);
}

/** The outcome in which nothing changes, to be changed. */
export function unchanged({ score, progress, status }: Participation): Outcome {
  return { score, progress, achievements: "[]", completed: status === "completed", counters: [], extra: "" };
}

/** Adds to the score, which stops at its bounds. */
export function addScore(outcome: Outcome, points: number): void {
  outcome.score = BigInt(Math.min(Math.max(Number(outcome.score) + points, 0), MAX));
}

/** Adds to a shared counter. What is added under one name comes together. */
export function count(counters: Counter[], name: string, delta: number): void {
  const known = counters.find((counter) => counter.name === name);
  if (known) known.value += BigInt(delta);
  else if (delta !== 0) counters.push({ name, value: BigInt(delta) });
}

/** A reward as a designer writes it down. */
export interface Prize {
  rewardType: RewardType;
  rewardId?: string | null;
  amount?: number;
}

/** What one player gets. The same reward from several sources becomes one grant. */
export class Grants {
  readonly #grants = new Map<string, Grant>();

  constructor(readonly player: string) {}

  add(prizes: Prize[], why: string): void {
    const reason = shortened(why);
    for (const { rewardType, rewardId, amount = 1 } of prizes) {
      const key = `${rewardType} ${rewardId ?? ""}`;
      const known = this.#grants.get(key);
      if (known) {
        merge(known, amount, reason);
      } else {
        const id = rewardId == null ? {} : { rewardId };
        this.#grants.set(key, { player: this.player, rewardType, ...id, amount: BigInt(amount), reason, extra: "" });
      }
    }
  }

  list(): Grant[] {
    return [...this.#grants.values()];
  }
}

function merge(known: Grant, amount: number, reason: string): void {
  // An achievement is only had once.
  if (known.rewardType !== "achievement") known.amount = BigInt(Math.min(Number(known.amount) + amount, MAX));
  if (!known.reason.split(SEPARATOR).includes(reason)) {
    known.reason = shortened(`${known.reason}${SEPARATOR}${reason}`);
  }
}

function shortened(text: string): string {
  return text.length <= MAX_TEXT ? text : [...text].slice(0, MAX_TEXT).join("");
}

/** Writes an error into the rule's log, where `plugin test` shows it, before the call breaks off because of it. */
export function logged<Input, Answer>(call: (input: Input) => Answer): (input: Input) => Answer {
  return (input) => {
    try {
      return call(input);
    } catch (thrown) {
      // A refusal is none.
      if (thrown instanceof Error) log("error", `${thrown}\n${thrown.stack}`);
      throw thrown;
    }
  };
}
