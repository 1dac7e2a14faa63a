/** What a server offers to rules, for unit tests. */

import type { Level } from "world-events:rules/host@0.1.0";

export function log(level: Level, message: string): void {
  console.log(`${level}: ${message}`);
}

/** Always the same, so that every test has the same numbers in every run. */
export function randomU64(): bigint {
  return 0n;
}
