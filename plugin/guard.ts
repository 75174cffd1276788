/** Calls into a host: whatever it throws, now or later, is caught. */

/** An error as a line of text. Never throws, whatever was thrown. */
export function errorText(error: unknown): string {
  try {
    const message = error instanceof Error && typeof error.message === 'string' ? error.message : String(error);
    return message.slice(0, 500);
  } catch {
    return 'an error that cannot be shown';
  }
}

/** Calls `call`; a throw, or the rejection of the promise that it returned, goes to `failed`. */
export function guarded(call: () => unknown, failed: (error: unknown) => void): void {
  try {
    const returned = call();
    if (isPromise(returned)) returned.then(undefined, failed);
  } catch (error) {
    failed(error);
  }
}

export const isPromise = (value: unknown): value is PromiseLike<unknown> =>
  typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function';
