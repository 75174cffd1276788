/** What was heard on this node and changed nothing, by what it was and where it came to. Few names: the kinds of messages, the states. */
export class Counts {
  private readonly byName = new Map<string, number>();

  add(kind: string, where: string): void {
    const name = `${kind} ${where}`;
    this.byName.set(name, (this.byName.get(name) ?? 0) + 1);
  }

  get all(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.byName);
  }
}
