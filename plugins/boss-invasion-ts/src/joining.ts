/** Who may join. */

import type { Admission } from "world-events:rules/eligibility@0.1.0";
import type { Player } from "world-events:rules/types@0.1.0";

import type { Parameters } from "./parameters.js";
import { attribute, refusal } from "./sdk.js";

/**
 * Lets a player in, or throws a refusal. A condition that is not set is not checked, so that a player who lacks the
 * attribute can still join.
 */
export function admitted(player: Player, parameters: Parameters): Admission {
  if (parameters.minLevel > 0) checkLevel(player, parameters.minLevel);
  if (parameters.factions.length > 0) checkFaction(player, parameters.factions);
  return { progress: "", counters: [], extra: "" };
}

function checkLevel(player: Player, min: number): void {
  const level = attribute("the player's attribute", player.attributes, "level", "count");
  if (level === undefined) {
    throw refusal("LEVEL_MISSING", `the level is not known: the invasion is for ${min} and above`);
  }
  if (level < min) {
    throw refusal("LEVEL_TOO_LOW", `level ${level} is too low: the invasion is for ${min} and above`);
  }
}

function checkFaction(player: Player, allowed: string[]): void {
  const faction = attribute("the player's attribute", player.attributes, "faction", "text");
  if (faction === undefined) {
    throw refusal("FACTION_MISSING", `the faction is not known: the invasion is for ${allowed.join(", ")}`);
  }
  if (!allowed.includes(faction)) {
    throw refusal(
      "FACTION_NOT_ALLOWED",
      `${faction} does not take part: the invasion is for ${allowed.join(", ")}`,
    );
  }
}
