/** An invasion: a boss whose health all players wear down together. */

import type { Admission, Application } from "world-events:rules/eligibility@0.1.0";
import type { Description } from "world-events:rules/manifest@0.1.0";
import type { Grant, Page } from "world-events:rules/rewards@0.1.0";
import type { Outcome, Scorecard } from "world-events:rules/scoring@0.1.0";

import * as project from "../package.json";
import { admitted } from "./joining.js";
import { logged } from "./mistakes.js";
import { parametersOf, schema } from "./parameters.js";
import { pay } from "./payout.js";
import { scored } from "./scoring.js";

export const manifest = {
  describe(): Description {
    return {
      name: project.name,
      version: project.version,
      description: project.description,
      parametersSchema: JSON.stringify(schema),
      extra: "",
    };
  },
};

export const eligibility = {
  check: logged(({ event, player }: Application): Admission => admitted(player, parametersOf(event))),
};

export const scoring = {
  score: logged((card: Scorecard): Outcome => scored(card, parametersOf(card.event))),
};

export const rewards = {
  payout: logged((page: Page): Grant[] => pay(page, parametersOf(page.event))),
};
