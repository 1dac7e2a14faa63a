/** Does what it is asked, for the tests: whatever JavaScript has that a rule should not have. */

import { randomU64 } from "world-events:rules/host@0.1.0";
import type { Admission, Application } from "world-events:rules/eligibility@0.1.0";
import type { Description } from "world-events:rules/manifest@0.1.0";
import type { Outcome } from "world-events:rules/scoring@0.1.0";
import type { Grant } from "world-events:rules/rewards@0.1.0";

import * as project from "../package.json";

declare const crypto: { getRandomValues(array: Uint32Array): Uint32Array };
declare const performance: { now(): number };
declare const fetch: (url: string) => unknown;

function recurse(depth: number): number {
  return recurse(depth + 1) + depth;
}

function loop(): never {
  for (;;);
}

function hoard(): never {
  const hoarded = [];
  for (;;) hoarded.push(new Uint8Array(1 << 20));
}

const answers: Record<string, (application: Application) => unknown> = {
  clock: () => Date.now(),
  date: () => new Date().toISOString(),
  timer: () => performance.now(),
  dice: () => Math.random(),
  entropy: () => crypto.getRandomValues(new Uint32Array(1))[0],
  now: ({ now }) => now,
  seed: () => randomU64(),
  mistake: () => (undefined as unknown as string[]).length,
  files: () => fetch("file:///etc/passwd"),
  recursion: () => recurse(0),
  loop,
  memory: hoard,
};

export const manifest = {
  describe(): Description {
    return { name: project.name, version: project.version, description: "", parametersSchema: "", extra: "" };
  },
};

export const eligibility = {
  check(application: Application): Admission {
    const { ask } = JSON.parse(application.player.attributes) as { ask: string };
    const answer = answers[ask];
    if (!answer) throw new Error(`nobody asked for ${ask}`);
    throw { code: "TOLD", message: String(answer(application)), details: "" };
  },
};

export const scoring = {
  score(): Outcome {
    throw { code: "UNUSED", message: "", details: "" };
  },
};

export const rewards = {
  payout(): Grant[] {
    return [];
  },
};
