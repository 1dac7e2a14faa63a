/** Who is paid what. */

import type { Grant, Page, Standing } from "world-events:rules/rewards@0.1.0";

import type { Parameters, Tier } from "./parameters.js";
import { CONTRIBUTION } from "./scoring.js";
import { Grants, counterOf } from "./sdk.js";

/** Pays all who scored anything: for taking part, for the best tier that they reached, and for their rank. */
export function pay(page: Page, parameters: Parameters): Grant[] {
  // Of the whole event: a page shows only some of its players.
  const contribution = counterOf(page.event, CONTRIBUTION);
  return page.rows.filter((row) => row.participation.score > 0n).flatMap((row) => paid(row, contribution, parameters));
}

/** What one player gets. */
function paid(row: Standing, contribution: number, parameters: Parameters): Grant[] {
  const grants = new Grants(row.participation.player.id);
  grants.add(parameters.participation, "took part in the invasion");
  const tier = parameters.tiers.find((tier) => reaches(row, contribution, tier));
  if (tier) grants.add(tier.prizes, `contribution tier ${tier.name}`);
  for (const { top, prizes } of parameters.ranks) {
    if (row.rank <= BigInt(top)) grants.add(prizes, `among the top ${top}`);
  }
  return grants.list();
}

function reaches(row: Standing, contribution: number, { minScore = 0, minSharePercent = 0 }: Tier): boolean {
  const score = Number(row.participation.score);
  const sharePercent = contribution > 0 ? (score * 100) / contribution : 0;
  return score >= minScore && sharePercent >= minSharePercent;
}
