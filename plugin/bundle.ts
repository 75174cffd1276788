/** What the bundle exports: to a game server that it knows, the plugin of that server; else the public API. */
import { isShowdown, showdownPlugin } from './hosts/showdown/index.ts';
import * as api from './index.ts';

export const exported: object = isShowdown() ? showdownPlugin() : api;
