/** Small numbers for names, so that they are compared and kept cheaply. A number is free again when its name is used no more. */
export class Numbers {
  private readonly numbers = new Map<string, number>();
  /** By number. */
  private readonly names: string[] = [];
  private readonly uses: number[] = [];
  private readonly free: number[] = [];

  /** The number of a name, which is used once more. */
  take(name: string): number {
    const known = this.numbers.get(name);
    if (known !== undefined) {
      (this.uses[known] as number)++;
      return known;
    }
    const number = this.free.pop() ?? this.names.length;
    this.numbers.set(name, number);
    this.names[number] = name;
    this.uses[number] = 1;
    return number;
  }

  /** The name of a number is used once less; returns how often it still is. */
  give(number: number): number {
    const uses = (this.uses[number] as number) - 1;
    this.uses[number] = uses;
    if (uses === 0) {
      this.numbers.delete(this.names[number] as string);
      this.free.push(number);
    }
    return uses;
  }
}
