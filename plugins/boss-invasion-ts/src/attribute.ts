/** What game servers say about players and actions: JSON objects of whatever members they like. */

import { refusal } from "./refusal.js";

/** The types that a rule can ask for. */
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
 * One member of a JSON object; `undefined` if it is absent or null.
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
  const members = JSON.parse(json) as Record<string, unknown>;
  const value = Object.hasOwn(members, name) ? members[name] : undefined;
  if (value === undefined || value === null) return undefined;
  if (!IS[type](value)) {
    throw refusal("MALFORMED_DATA", `${whose} \`${name}\` is malformed: ${JSON.stringify(value)} is no ${type}`);
  }
  return value as Types[T];
}
