/** Who is paid what. */

import type { Grant, Page, Standing } from "world-events:rules/rewards@0.1.0";

import type { Parameters, Prize, Tier } from "./parameters.js";
import { CONTRIBUTION } from "./scoring.js";

/** What stands between the reasons of a grant that has several. */
const SEPARATOR = ", ";

/** The server's bound for the reason of a grant, in characters. */
const MAX_REASON = 500;

/** Pays all who scored anything: for taking part, for the best tier that they reached, and for their rank. */
export function pay(page: Page, parameters: Parameters): Grant[] {
  // Of the whole event: a page shows only some of its players.
  const counter = page.event.counters.find(({ name }) => name === CONTRIBUTION);
  const contribution = Number(counter?.value ?? 0n);
  return page.rows.filter((row) => row.participation.score > 0n).flatMap((row) => paid(row, contribution, parameters));
}

/** What one player gets. The same reward from several sources becomes one grant. */
function paid(row: Standing, contribution: number, parameters: Parameters): Grant[] {
  const grants = new Map<string, Grant>();
  const add = (prizes: Prize[], reason: string) => {
    for (const prize of prizes) {
      const key = `${prize.rewardType} ${prize.rewardId ?? ""}`;
      const known = grants.get(key);
      if (known) merge(known, prize, reason);
      else grants.set(key, grant(row.participation.player.id, prize, reason));
    }
  };
  add(parameters.participation, "took part in the invasion");
  const tier = parameters.tiers.find((tier) => reaches(row, contribution, tier));
  if (tier) add(tier.prizes, `contribution tier ${tier.name}`);
  for (const { top, prizes } of parameters.ranks) {
    if (row.rank <= BigInt(top)) add(prizes, `among the top ${top}`);
  }
  return [...grants.values()];
}

function grant(player: string, { rewardType, rewardId, amount }: Prize, reason: string): Grant {
  const id = rewardId == null ? {} : { rewardId };
  return { player, rewardType, ...id, amount: BigInt(amount ?? 1), reason, extra: "" };
}

function merge(known: Grant, prize: Prize, reason: string): void {
  // An achievement is only had once.
  if (known.rewardType !== "achievement") {
    const sum = Number(known.amount) + (prize.amount ?? 1);
    known.amount = BigInt(Math.min(sum, Number.MAX_SAFE_INTEGER));
  }
  if (!known.reason.split(SEPARATOR).includes(reason)) {
    known.reason = [...`${known.reason}${SEPARATOR}${reason}`].slice(0, MAX_REASON).join("");
  }
}

function reaches(row: Standing, contribution: number, { minScore = 0, minSharePercent = 0 }: Tier): boolean {
  const score = Number(row.participation.score);
  const sharePercent = contribution > 0 ? (score * 100) / contribution : 0;
  return score >= minScore && sharePercent >= minSharePercent;
}
