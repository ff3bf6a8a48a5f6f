// Waiting for what a person would look for again.

/** Looks until `look` finds something, and returns it; fails after `within` milliseconds. */
export async function until<T>(
  what: string,
  look: () => Promise<T | undefined | false>,
  { within = 15_000, every = 20 }: { within?: number; every?: number } = {},
): Promise<T> {
  const started = performance.now();
  for (;;) {
    const found = await look();
    if (found) return found;
    if (performance.now() - started > within) throw new Error(`${what}: not within ${within} ms`);
    await pause(every);
  }
}

/** Does nothing for some milliseconds. */
export function pause(milliseconds: number): Promise<void> {
  return new Promise((over) => setTimeout(over, milliseconds));
}
