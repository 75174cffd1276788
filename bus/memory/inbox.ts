/** The owner's commands that wait, and what became of others. */
import { Subject } from 'rxjs';
import {
  ANSWER_KEPT_MS,
  type CommandAnswer,
  type CommandRecord,
  type CommandRequest,
  MOST_COMMANDS,
  queueOf,
  type Submitted,
} from '../admin.ts';

export class Inbox {
  /** Something came in or was answered. */
  readonly news$ = new Subject<void>();
  private readonly waiting = new Map<string, CommandRecord>();
  private readonly answers = new Map<string, CommandAnswer>();
  private readonly now: () => number;

  constructor(now: () => number) {
    this.now = now;
  }

  submit({ id, who, command, forMs }: CommandRequest): Submitted {
    const known = this.waiting.get(id);
    if (known) return { submitted: known };
    const at = this.now();
    for (const { id, expiresAt } of this.waiting.values()) if (expiresAt < at) this.waiting.delete(id);
    if (this.waiting.size >= MOST_COMMANDS) return { refused: 'full' };
    const submitted: CommandRecord = { id, who, command: structuredClone(command), at, expiresAt: at + forMs };
    this.waiting.set(id, submitted);
    this.news$.next();
    return { submitted };
  }

  pending(queue: string, most: number): CommandRecord[] {
    const now = this.now();
    return [...this.waiting.values()]
      .filter(({ id, expiresAt, command }) => {
        const of = queueOf(command);
        return expiresAt >= now && !this.answers.has(id) && (of === null || of === queue);
      })
      .sort((a, b) => a.expiresAt - b.expiresAt || (a.id < b.id ? -1 : 1))
      .slice(0, most);
  }

  answer(id: string): CommandAnswer | undefined {
    return this.answers.get(id);
  }

  keep(answer: CommandAnswer): CommandAnswer {
    for (const { id, at } of this.answers.values()) {
      if (at + ANSWER_KEPT_MS > answer.at) break;
      this.answers.delete(id);
    }
    this.answers.set(answer.id, answer);
    this.news$.next();
    return answer;
  }
}
