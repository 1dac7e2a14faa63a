/** The rule's own "no". */

import type { Refusal } from "world-events:rules/types@0.1.0";

/** The server's bound for a message, in characters. */
const MAX_MESSAGE = 500;

/** A "no" to throw, with a code for programs and one sentence for a person, of which the server takes 500 characters. */
export function refusal(code: string, message: string): Refusal {
  return { code, message: [...message].slice(0, MAX_MESSAGE).join(""), details: "" };
}
