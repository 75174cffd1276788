/** Tests that mostly wait: so many of them run at once, each is told of by its own name. */
import type { Test } from 'uvu';

export interface Waiting {
  readonly name: string;
  run(): Promise<void>;
}

export function sideBySide(test: Test, atOnce: number, list: readonly Waiting[]): void {
  let results: Promise<() => void>[] | undefined;
  const begin = (): Promise<() => void>[] => {
    const slots = Array.from({ length: atOnce }, () => Promise.resolve());
    return list.map(({ run }, index) => {
      const before = slots[index % atOnce] as Promise<void>;
      const result = before.then(run).then(
        () => () => undefined,
        (error: unknown) => () => {
          throw error;
        },
      );
      slots[index % atOnce] = result.then(() => undefined);
      return result;
    });
  };
  list.forEach(({ name }, index) => {
    test(name, async () => {
      results ??= begin();
      (await results[index])?.();
    });
  });
}
