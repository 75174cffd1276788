/** All of them, by name. */
import type { MakeChecker } from '../checker.ts';
import { adds } from './adds.ts';
import { admissions } from './admissions.ts';
import { deadlines } from './deadlines.ts';
import { elo } from './elo.ts';
import { epochs } from './epochs.ts';
import { errors } from './errors.ts';
import { firsts } from './firsts.ts';
import { incidents } from './incidents.ts';
import { instants } from './instants.ts';
import { liveness } from './liveness.ts';
import { locks } from './locks.ts';
import { owner } from './owner.ts';
import { pairs } from './pairs.ts';
import { places } from './places.ts';
import { preference } from './preference.ts';
import { removals } from './removals.ts';
import { turns } from './turns.ts';

export const CHECKERS = {
  ...{
    places,
    admissions,
    locks,
    adds,
    removals,
    firsts,
    elo,
    epochs,
    deadlines,
    turns,
    preference,
    pairs,
    instants,
    incidents,
    owner,
    liveness,
    errors,
  },
} as const satisfies Readonly<Record<string, MakeChecker>>;
