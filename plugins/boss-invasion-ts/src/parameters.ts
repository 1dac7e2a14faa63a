/** What a designer can set. */

import type { Event, RewardType } from "world-events:rules/types@0.1.0";

import schema from "./parameters.schema.json" with { type: "json" };

/** The server takes no event whose parameters are not valid by it, so that they need not be looked at again here. */
export { schema };

/** A reward as a designer writes it down. */
export interface Prize {
  rewardType: RewardType;
  rewardId?: string | null;
  amount?: number;
}

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

/** Parameters of the boss invasion; the schema says what each is for. */
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

function tier(name: string, minSharePercent: number, amount: number): Tier {
  return { name, minSharePercent, minScore: 1, prizes: [{ rewardType: "xp", amount }] };
}

const defaults: Parameters = {
  minLevel: 0,
  factions: [],
  maxHit: 10_000,
  elementPercent: {},
  supportPercent: 50,
  maxSupport: 10_000,
  completionScore: null,
  milestones: [
    { id: "boss-wounder", damage: 10_000 },
    { id: "boss-bane", damage: 100_000 },
  ],
  participation: [{ rewardType: "xp", amount: 50 }],
  tiers: [tier("gold", 1, 500), tier("silver", 0.1, 200), tier("bronze", 0.01, 100)],
  ranks: [{ top: 3, prizes: [{ rewardType: "xp", amount: 1_000 }] }],
};

/** What the event's designer has set, and the defaults for the rest. */
export function parametersOf(event: Event): Parameters {
  return { ...defaults, ...(JSON.parse(event.parameters) as Partial<Parameters>) };
}
