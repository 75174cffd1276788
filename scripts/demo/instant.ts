/** The demo of instant match, in one process and virtual time: who fits meets, who does not waits, two race for one, and a rematch. */
import { merge } from 'rxjs';
import { memoryBus } from '../../bus/memory.ts';
import { configOf } from '../../plugin/config.ts';
import type { JaegerEvent } from '../../plugin/events.ts';
import { JaegerNode } from '../../plugin/node.ts';
import { hashOf } from '../random.ts';
import { VirtualTime } from '../virtual-time.ts';
import { pokemonHost } from './pokemon.ts';
import { nodeName } from './story.ts';

const INSTANT = {
  fields: {
    mic: { type: 'boolean' },
    region: { type: 'text', values: ['eu', 'na'] },
    languages: { type: 'list', values: ['en', 'de', 'fi'] },
  },
};
const MIC = { field: 'mic', eq: true };
const speaks = (language: string): object => ({ field: 'languages', eq: language });
const from = (region: string): object => ({ field: 'region', eq: region });

interface User {
  readonly id: string;
  readonly node: string;
  readonly atMs: number;
  readonly says: string;
  readonly preferences: object;
  readonly data: object;
}

const USERS: readonly User[] = [
  {
    id: 'Ann',
    node: 'A',
    atMs: 0,
    says: 'has a microphone, speaks en, is in eu; wants a microphone',
    preferences: MIC,
    data: { mic: true, languages: ['en'], region: 'eu' },
  },
  {
    id: 'Ben',
    node: 'B',
    atMs: 1000,
    says: 'has no microphone, speaks de, is in eu; wants somebody who speaks de',
    preferences: speaks('de'),
    data: { languages: ['de'], region: 'eu' },
  },
  {
    id: 'Cleo',
    node: 'B',
    atMs: 2000,
    says: 'has no microphone, speaks en and fi, is in na; wants a microphone and en',
    preferences: { and: [MIC, speaks('en')] },
    data: { languages: ['en', 'fi'], region: 'na' },
  },
  {
    id: 'Dan',
    node: 'A',
    atMs: 4000,
    says: 'has a microphone, speaks en, is in na; wants en, wherever: two would fit',
    preferences: speaks('en'),
    data: { mic: true, languages: ['en'], region: 'na' },
  },
  {
    id: 'Eve',
    node: 'B',
    atMs: 8000,
    says: 'has a microphone, speaks en and de, is in eu; wants eu',
    preferences: from('eu'),
    data: { mic: true, languages: ['en', 'de'], region: 'eu' },
  },
  {
    id: 'Finn',
    node: 'A',
    atMs: 12_000,
    says: 'has a microphone, speaks en and de, is in eu; wants anybody',
    preferences: {},
    data: { mic: true, languages: ['en', 'de'], region: 'eu' },
  },
];

export interface InstantOptions {
  readonly seed: string;
  /** Seconds of virtual time a second; 0: as fast as it goes. */
  readonly speed: number;
  readonly json: boolean;
  isInterrupted(): boolean;
  print(line: string): void;
}

const textOf = (event: JaegerEvent): string | undefined => {
  switch (event.kind) {
    case 'waits':
      return `${event.id} is on the wait list`;
    case 'late':
      return `${event.id} fitted too, and was late: waits on`;
    case 'matched':
      return `${event.id} is matched`;
    case 'begun':
      return `${event.id} plays ${event.opponent}`;
    case 'elo':
      return `${event.id} ${event.winner === 'draw' ? 'drew' : event.winner === event.side ? 'won' : 'lost'}`;
    case 'rematch':
      return { asked: `${event.id} asks for a rematch`, otherAsked: `${event.id} is asked for a rematch` }[
        event.said as string
      ];
    case 'withdrawn':
      return `${event.id} is off the list: ${event.reason}`;
    case 'fault':
    case 'incident':
      return `${event.kind}: ${'error' in event ? event.error : event.detail}`;
    default:
      return undefined;
  }
};

/** Resolves with the exit code: 1 where somebody who fits was left alone, or no rematch was played. */
export async function playInstant({ seed, speed, json, isInterrupted, print }: InstantOptions): Promise<number> {
  const time = new VirtualTime();
  const bus = memoryBus({ scheduler: time });
  const nodes = new Map<string, JaegerNode>();
  const played: JaegerEvent[] = [];
  let wrong = 0;
  let isAsked = false;
  for (const node of [0, 1].map(nodeName)) {
    let ids = 0;
    const runtime = { bus, scheduler: time, newId: () => hashOf(seed, 'id', node, ids++).slice(0, 12), elapsedMs: () => 0 };
    const host = pokemonHost({ seed, scheduler: time, ended: () => undefined, tell: () => undefined });
    nodes.set(node, new JaegerNode(configOf({ nodeId: node, queues: { duel: { instant: INSTANT } } }), host, runtime));
  }
  const say = (at: number, text: string): void => print(`${(at / 1000).toFixed(1).padStart(7)} s  ${text}`);
  merge(...[...nodes.values()].map((node) => node.events$)).subscribe((event) => {
    if (json) print(JSON.stringify(event));
    const text = textOf(event);
    if (text !== undefined && !json) say(event.at, text);
    if (event.kind === 'fault' || event.kind === 'incident') wrong++;
    if (event.kind === 'elo') played.push(event);
    // The first two who have played want to play once more, a while later.
    if (event.kind !== 'elo' || played.length !== 2 || isAsked) return;
    isAsked = true;
    for (const [number, each] of played.entries()) {
      const { id, node } = each as Extract<JaegerEvent, { kind: 'elo' }>;
      time.after(2000 + 3000 * number, () => nodes.get(node)?.rematch(id, true).subscribe());
    }
  });
  if (!json)
    print(
      `Instant match: ${USERS.length} users on 2 nodes, seed ${seed}. Nobody leads: each node compares for its own users, and the first claim wins.`,
    );
  for (const node of nodes.values()) node.start().subscribe();
  for (const { id, node, atMs, says, preferences, data } of USERS)
    time.after(atMs, () => {
      if (!json) say(time.now(), `${id} of ${node} ${says}`);
      nodes.get(node)?.instant({ id, preferences, data }).subscribe();
    });
  const started = performance.now();
  // Three matches and one rematch.
  const isOver = (): boolean => played.length >= USERS.length + 2;
  while (!isOver() && time.now() < 30 * 60_000 && time.nextAt !== undefined && !isInterrupted()) {
    const early = speed === 0 ? 0 : (time.nextAt as number) / speed - (performance.now() - started);
    if (early > 1) await new Promise((resolve) => setTimeout(resolve, Math.min(early, 100)));
    else time.step();
  }
  for (const node of nodes.values()) node.stop().subscribe();
  time.runUntil(time.now());
  const end = { kind: 'summary', matches: played.length / 2, users: USERS.length, over: isOver(), wrong };
  if (json) print(JSON.stringify(end));
  else print(`${end.matches} matches, one of them a rematch; nobody is left; ${wrong} faults`);
  if (isInterrupted()) return 130;
  return isOver() && wrong === 0 ? 0 : 1;
}
