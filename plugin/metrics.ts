/** What happens on this node, counted, in the text format of Prometheus. Labels have few values: queues, codes, never a player or a match. */
import type { JaegerEvent } from './events.ts';

interface Metric {
  readonly type: 'counter' | 'gauge' | 'histogram';
  readonly help: string;
  readonly labels: readonly string[];
  /** Upper bounds, in seconds. */
  readonly buckets?: readonly number[];
}

export const METRICS = {
  jaeger_reachable: { type: 'gauge', help: 'Can the bus be reached: 1 or 0', labels: [] },
  jaeger_entered_total: { type: 'counter', help: 'Players of this server who queued', labels: ['queue'] },
  jaeger_instants_total: { type: 'counter', help: 'Users of this server who asked for an instant match', labels: ['queue'] },
  jaeger_wait_seconds: {
    type: 'histogram',
    help: 'How long players of this server waited for their match',
    labels: ['queue'],
    buckets: [1, 2, 5, 10, 20, 30, 60, 120, 300, 600],
  },
  jaeger_battle_seconds: {
    type: 'histogram',
    help: 'How long battles of this server took',
    labels: [],
    buckets: [10, 30, 60, 120, 300, 600, 1200, 1800, 3600],
  },
  jaeger_results_total: {
    type: 'counter',
    help: 'Sides of this server by result: won, lost, draw or void',
    labels: ['result'],
  },
  jaeger_elections_total: { type: 'counter', help: 'How often this server became the leader', labels: ['queue'] },
  jaeger_offers_total: {
    type: 'counter',
    help: 'Offers that this server, as the leader, has settled',
    labels: ['queue', 'outcome'],
  },
  jaeger_stages_total: {
    type: 'counter',
    help: 'Stages that matches came to under the lead of this server',
    labels: ['queue', 'stage'],
  },
  jaeger_incidents_total: { type: 'counter', help: 'Incidents of battles of this server', labels: ['code'] },
  jaeger_faults_total: { type: 'counter', help: 'Functions of the game that failed, and broken invariants', labels: ['where'] },
  jaeger_refused_messages_total: { type: 'counter', help: 'Messages that were refused', labels: ['reason'] },
  jaeger_unchanged_total: {
    type: 'counter',
    help: 'What was heard too late, twice or at a wrong moment, and changed nothing',
    labels: ['what', 'state'],
  },
} as const satisfies Readonly<Record<string, Metric>>;

type Name = keyof typeof METRICS;

interface Observed {
  readonly counts: number[];
  sum: number;
  count: number;
}

export class Metrics {
  /** Name and labels → value. */
  private readonly values = new Map<string, number>();
  private readonly observed = new Map<string, Observed>();
  /** Since when who waits or fights does so. */
  private readonly waiting = new Map<string, { readonly queue: string; readonly at: number }>();
  private readonly fighting = new Map<string, number>();
  private isReachable = true;
  private readonly unchanged: () => Readonly<Record<string, number>>;

  /** `unchanged`: how often what changed nothing, by what it was and where it came to. */
  constructor(unchanged: () => Readonly<Record<string, number>>) {
    this.unchanged = unchanged;
  }

  readonly event = (event: JaegerEvent): void => {
    switch (event.kind) {
      case 'reachable':
      case 'unreachable':
        this.isReachable = event.kind === 'reachable';
        return;
      case 'entered':
        this.waiting.set(event.id, { queue: event.queue, at: event.at });
        this.add('jaeger_entered_total', [event.queue]);
        return;
      case 'waits':
        this.waiting.set(event.id, { queue: event.queue, at: event.at });
        this.add('jaeger_instants_total', [event.queue]);
        return;
      case 'matched': {
        const since = this.waiting.get(event.id);
        if (since) this.observe('jaeger_wait_seconds', [since.queue], event.at - since.at);
        return;
      }
      case 'begun':
      case 'withdrawn':
      case 'removed':
        this.waiting.delete(event.id);
        return;
      case 'battle':
        this.fighting.set(event.id, event.at);
        return;
      case 'over': {
        const since = this.fighting.get(event.id);
        if (since !== undefined) this.observe('jaeger_battle_seconds', [], event.at - since);
        this.fighting.delete(event.id);
        return;
      }
      case 'elo':
        this.add('jaeger_results_total', [event.winner === 'draw' ? 'draw' : event.winner === event.side ? 'won' : 'lost']);
        return;
      case 'void':
        this.fighting.delete(event.id);
        this.add('jaeger_results_total', ['void']);
        return;
      case 'leading':
        this.add('jaeger_elections_total', [event.queue]);
        return;
      case 'settled':
        this.add('jaeger_offers_total', [event.queue, event.outcome]);
        return;
      case 'stage':
        if (!event.takenOver) this.add('jaeger_stages_total', [event.queue, event.stage]);
        return;
      case 'incident':
        this.add('jaeger_incidents_total', [event.code]);
        return;
      case 'fault':
        this.add('jaeger_faults_total', [event.where]);
        return;
      case 'refused':
        this.add('jaeger_refused_messages_total', [event.reason], event.count);
        return;
    }
  };

  /** What Prometheus is told. */
  text(): string {
    const values = new Map(this.values);
    values.set('jaeger_reachable', this.isReachable ? 1 : 0);
    for (const [name, count] of Object.entries(this.unchanged())) {
      const [what = '', ...state] = name.split(' ');
      values.set(series('jaeger_unchanged_total', [what, state.join(' ')]), count);
    }
    const lines: string[] = [];
    for (const [name, { type, help }] of Object.entries(METRICS)) {
      lines.push(`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`);
      const own = (key: string): boolean => key === name || key.startsWith(`${name}{`);
      for (const [key, value] of values) if (own(key)) lines.push(`${key} ${value}`);
      for (const [key, observed] of this.observed) if (own(key)) lines.push(...bucketLines(name as Name, key, observed));
    }
    return `${lines.join('\n')}\n`;
  }

  private add(name: Name, labels: readonly string[], count = 1): void {
    const key = series(name, labels);
    this.values.set(key, (this.values.get(key) ?? 0) + count);
  }

  private observe(name: Name, labels: readonly string[], ms: number): void {
    const key = series(name, labels);
    const { buckets = [] }: Metric = METRICS[name];
    const observed = this.observed.get(key) ?? { counts: buckets.map(() => 0), sum: 0, count: 0 };
    this.observed.set(key, observed);
    const seconds = ms / 1000;
    for (const [index, most] of buckets.entries())
      if (seconds <= most) observed.counts[index] = (observed.counts[index] ?? 0) + 1;
    observed.sum += seconds;
    observed.count++;
  }
}

const escaped = (text: string): string => text.replace(/\\/g, '\\\\').replace(/"/g, '\\"').replace(/\n/g, '\\n');

function series(name: Name, values: readonly string[]): string {
  if (values.length === 0) return name;
  return `${name}{${METRICS[name].labels.map((label, index) => `${label}="${escaped(values[index] ?? '')}"`).join(',')}}`;
}

function bucketLines(name: Name, key: string, { counts, sum, count }: Observed): string[] {
  const labels = key.slice(name.length + 1, -1);
  const { buckets = [] }: Metric = METRICS[name];
  const with_ = (extra: string): string => `{${[labels, extra].filter((part) => part !== '').join(',')}}`;
  const tail = labels === '' ? '' : `{${labels}}`;
  return [
    ...buckets.map((most, index) => `${name}_bucket${with_(`le="${most}"`)} ${counts[index]}`),
    `${name}_bucket${with_('le="+Inf"')} ${count}`,
    `${name}_sum${tail} ${sum}`,
    `${name}_count${tail} ${count}`,
  ];
}
