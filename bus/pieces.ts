/**
 * What is loaded when it is first asked for, which is half of what a server would load otherwise: the validators by the first configuration,
 * Node's cryptography by the first start, ioredis and the scripts by the first connection to Redis. All but Node's own lie in the packed bundle in pieces of their own (`scripts/build/pack.ts`).
 */
import type * as Crypto from 'node:crypto';
import type * as Library from 'ioredis';
import type * as Scripts from './generated/lua.ts';
import type * as Validate from './generated/validate.ts';

const once = <T>(load: () => T): (() => T) => {
  let loaded: T | undefined;
  return () => {
    loaded ??= load();
    return loaded;
  };
};

export const crypto = once((): typeof Crypto => require('node:crypto'));
export const library = once((): typeof Library => require('ioredis'));
export const checks = once((): typeof Validate => require('./generated/validate.ts'));
export const scripts = once((): typeof Scripts.scripts => require('./generated/lua.ts').scripts);
