// What was measured, beside what is demanded.

import { expect } from '@playwright/test';

/** The p-th percentile of some numbers, by nearest rank. */
export function percentile(numbers: number[], p: number): number {
  const sorted = numbers.toSorted((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil((p / 100) * sorted.length) - 1)]!;
}

/** Prints the percentiles of some times in milliseconds, and says whether the demand is met. */
export function tell(what: string, times: number[], demand?: { p: number; within: number }): boolean {
  const told = [50, 95, 99, 100].map((p) => `${p === 100 ? 'max' : `p${p}`} ${percentile(times, p).toFixed(0)} ms`);
  const met = !demand || percentile(times, demand.p) <= demand.within;
  const wanted = demand ? `; demanded: p${demand.p} <= ${demand.within} ms: ${met ? 'met' : 'MISSED'}` : '';
  console.log(`${what.padEnd(52)} ${told.join('  ')}  (n=${times.length})${wanted}`);
  return met;
}

/** Fails unless every demand was met. */
export function allMet(demands: boolean[]): void {
  expect(demands, 'demands that were met').toEqual(demands.map(() => true));
}
