/** All of them, by name. */
import type { MakeChecker } from '../checker.ts';
import { adds } from './adds.ts';
import { admissions } from './admissions.ts';
import { deadlines } from './deadlines.ts';
import { elo } from './elo.ts';
import { epochs } from './epochs.ts';
import { errors } from './errors.ts';
import { firsts } from './firsts.ts';
import { gaps } from './gaps.ts';
import { incidents } from './incidents.ts';
import { instants } from './instants.ts';
import { listings } from './listings.ts';
import { liveness } from './liveness.ts';
import { locks } from './locks.ts';
import { owner } from './owner.ts';
import { pairs } from './pairs.ts';
import { places } from './places.ts';
import { preference } from './preference.ts';
import { removals } from './removals.ts';
import { runs } from './runs.ts';
import { silence } from './silence.ts';
import { turns } from './turns.ts';

export const CHECKERS = {
  ...{
    places,
    admissions,
    locks,
    adds,
    removals,
    listings,
    firsts,
    elo,
    epochs,
    deadlines,
    silence,
    runs,
    turns,
    gaps,
    preference,
    pairs,
    instants,
    incidents,
    owner,
    liveness,
    errors,
  },
} as const satisfies Readonly<Record<string, MakeChecker>>;
