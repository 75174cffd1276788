/** ioredis, loaded when the first connection is made: a server that is alone has no use for it, and most of what loading costs is this. */
import type * as Library from 'ioredis';

export const library = (): typeof Library => require('ioredis');
