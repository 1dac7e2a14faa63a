/** What a designer can set. */

import type { Prize } from "./sdk.js";

/** An achievement for the damage of one player. */
export interface Milestone {
  id: string;
  damage: number;
}

/** A contribution tier. All thresholds that it names have to be reached. */
export interface Tier {
  name: string;
  minSharePercent?: number;
  minScore?: number;
  prizes: Prize[];
}

/** Prizes for a stretch of ranks, from the first to `top`. */
export interface RankPrize {
  top: number;
  prizes: Prize[];
}

/** Parameters of the boss invasion; the schema says what each is for, and what it is by default. */
export interface Parameters {
  minLevel: number;
  factions: string[];
  maxHit: number;
  elementPercent: Record<string, number>;
  supportPercent: number;
  maxSupport: number;
  completionScore: number | null;
  milestones: Milestone[];
  participation: Prize[];
  tiers: Tier[];
  ranks: RankPrize[];
}
