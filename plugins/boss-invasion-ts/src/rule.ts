/** An invasion: a boss whose health all players wear down together. */

import type { Admission, Application } from "world-events:rules/eligibility@0.1.0";
import type { Grant, Page } from "world-events:rules/rewards@0.1.0";
import type { Outcome, Scorecard } from "world-events:rules/scoring@0.1.0";

import { admitted } from "./joining.js";
import type { Parameters } from "./parameters.js";
import { pay } from "./payout.js";
import { scored } from "./scoring.js";
import { described, logged, parametersOf } from "./sdk.js";

export const manifest = { describe: described };

export const eligibility = {
  check: logged(({ event, player }: Application): Admission => admitted(player, parametersOf<Parameters>(event))),
};

export const scoring = {
  score: logged((card: Scorecard): Outcome => scored(card, parametersOf<Parameters>(card.event))),
};

export const rewards = {
  payout: logged((page: Page): Grant[] => pay(page, parametersOf<Parameters>(page.event))),
};
