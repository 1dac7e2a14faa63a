/** What helps to find a mistake in the rule. */

import { log } from "world-events:rules/host@0.1.0";

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
