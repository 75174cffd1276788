/** What the Redis bus asks of its connections. Each is a value: tests put one of their own between bus and Redis. */
import type { Observable } from 'rxjs';

/** A transition or read, as `bus/generated/lua.ts` has it. */
export interface Script {
  readonly name: string;
  readonly sha: string;
  /** Names of its keys, and of its arguments, in order. */
  readonly keys: readonly string[];
  readonly args: readonly string[];
  readonly source: string;
}

/** `listening`: the channel is subscribed to from now on; said again after every reconnect. */
export type Text = { readonly listening: true } | { readonly listening: false; readonly text: string };

/** Of one server: what INFO says, and CONFIG GET of what INFO does not say; undefined where this user may not read it. */
export interface ServerSettings {
  /** Its `host:port`. */
  readonly name: string;
  readonly info: string | undefined;
  readonly config: Readonly<Record<string, string>> | undefined;
}

export interface Link {
  /** Runs a script, once for each subscription. Errors with `BusUnreachable` when Redis is out of reach: it may have run all the same. */
  run(script: Script, keys: readonly string[], args: readonly string[]): Observable<unknown>;
  /** Hears a channel until unsubscribed; never errors. */
  hear(channel: string): Observable<Text>;
  /** Reads the settings of the server, or of all masters of a cluster. Errors as `run` does. */
  settings(): Observable<readonly ServerSettings[]>;
  /** Ends both connections, once what was asked is answered; nothing can be asked afterwards. */
  close(): Promise<void>;
}
