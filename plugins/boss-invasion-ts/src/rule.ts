/** An invasion: a boss whose health all players wear down together. */

import type { Admission, Application } from "world-events:rules/eligibility@0.1.0";
import type { Description } from "world-events:rules/manifest@0.1.0";
import type { Grant, Page } from "world-events:rules/rewards@0.1.0";
import type { Outcome, Scorecard } from "world-events:rules/scoring@0.1.0";

import * as project from "../package.json";
import { admitted } from "./joining.js";
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
  check({ event, player }: Application): Admission {
    return admitted(player, parametersOf(event));
  },
};

export const scoring = {
  score(card: Scorecard): Outcome {
    return scored(card, parametersOf(card.event));
  },
};

export const rewards = {
  payout(page: Page): Grant[] {
    return pay(page, parametersOf(page.event));
  },
};
