/** The embedded bus as a Redis that comes back without what it wrote last: it holds what it held a moment ago, under a new generation. */
import { Observable } from 'rxjs';
import type { MemoryBus } from '../bus/memory.ts';

/** What is no record: who the store belongs to, and its generation, which grows. */
const NO_RECORDS: ReadonlySet<string> = new Set(['rooms', 'kept', 'generation']);
/** Functions, and whoever listens, are no records either. */
const isWork = (value: unknown): boolean => typeof value === 'function' || value instanceof Observable;
const isPlain = (value: object): boolean => Object.getPrototypeOf(value) === Object.prototype;

/** A copy of all tables; what is one thing in several of them is one in the copies. */
function copyOf<T>(value: T, known: Map<unknown, unknown>): T {
  if (typeof value !== 'object' || value === null) return value;
  if (known.has(value)) return known.get(value) as T;
  const keep = <C>(copy: C): C => {
    known.set(value, copy);
    return copy;
  };
  if (value instanceof Map) {
    const copy = keep(new Map());
    for (const [key, one] of value) copy.set(key, copyOf(one, known));
    return copy as T;
  }
  if (value instanceof Set) return keep(new Set([...value].map((one) => copyOf(one, known)))) as T;
  if (Array.isArray(value)) {
    const copy: unknown[] = keep([]);
    for (const one of value) copy.push(copyOf(one, known));
    return copy as T;
  }
  const copy: Record<string, unknown> = keep({});
  for (const [key, one] of Object.entries(value)) if (!isWork(one)) copy[key] = copyOf(one, known);
  return copy as T;
}

/** Puts what was copied into the tables of a store that has just begun. */
function fill(store: object, copy: object): void {
  const tables = store as Record<string, unknown>;
  for (const [key, value] of Object.entries(copy)) {
    const table = tables[key];
    if (NO_RECORDS.has(key) || isWork(table)) continue;
    if (table instanceof Map && value instanceof Map) for (const [id, one] of value) table.set(id, one);
    else if (table instanceof Set && value instanceof Set) for (const one of value) table.add(one);
    else if (Array.isArray(table)) table.push(...(value as unknown[]));
    else if (typeof table === 'object' && table !== null && !isPlain(table)) fill(table, value as object);
    else if (typeof table === 'object' && table !== null) Object.assign(table, value);
    else tables[key] = value;
  }
}

/** Remembers what the bus holds; the answer makes it go back to that, `lose` being how it loses everything. Leases are lost. */
export function remember(bus: MemoryBus, lose: () => void = () => bus.lose()): () => void {
  const copy = copyOf({ ...bus.store }, new Map());
  return () => {
    lose();
    fill(bus.store, copy);
  };
}
