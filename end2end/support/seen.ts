// What a page is held to, by what can be measured on it in the browser.

import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

import type { Page } from '@playwright/test';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** What axe-core finds, each in a line: the rule, the element, and why. */
export async function axe(page: Page): Promise<string[]> {
  // Not by a script element, which the page's own policy forbids.
  await page.evaluate(AXE);
  return page.evaluate(async () => {
    const { axe } = window as unknown as { axe: { run(what: Document, how: object): Promise<Found> } };
    const { violations } = await axe.run(document, { resultTypes: ['violations'] });
    return violations.flatMap(({ id, nodes }) =>
      nodes.map(({ target, failureSummary }) => `${id}: ${target.join(' ')}: ${failureSummary.replace(/\s+/g, ' ')}`),
    );
  });
}

interface Found {
  violations: { id: string; nodes: { target: string[]; failureSummary: string }[] }[];
}

/** Has every page of a browser note how much of it moves by itself; before the first is opened. */
export function watchShifts(page: Page): Promise<unknown> {
  return page.addInitScript(() => {
    const noted: string[] = [];
    Object.assign(window, { shifts: noted });
    new PerformanceObserver((list) => {
      for (const shift of list.getEntries() as unknown as Shift[]) {
        const what = shift.sources.map(({ node }) => (node instanceof Element ? node.outerHTML.slice(0, 120) : node?.textContent));
        if (!shift.hadRecentInput) noted.push(`${shift.value.toFixed(4)}: ${what.join(' | ')}`);
      }
    }).observe({ type: 'layout-shift', buffered: true });
  });
}

interface Shift {
  value: number;
  hadRecentInput: boolean;
  sources: { node: Node | null }[];
}

/** What has moved by itself since the page was opened. */
export function shifts(page: Page): Promise<string[]> {
  return page.evaluate(() => (window as unknown as { shifts: string[] }).shifts);
}

/** Shows a page in a theme; returns once no colour of the other one fades. */
export async function inTheme(page: Page, colorScheme: 'light' | 'dark'): Promise<void> {
  await page.emulateMedia({ colorScheme });
  await page.evaluate(() => {
    const ends = (one: Animation) => one.effect?.getComputedTiming().endTime !== Infinity;
    for (const moving of document.getAnimations()) if (ends(moving)) moving.finish();
  });
}

/** How many pixels the page is wider than its screen. */
export function tooWide(page: Page): Promise<number> {
  return page.evaluate(() => Math.max(0, document.documentElement.scrollWidth - window.innerWidth));
}

/** What would move although the reader asked for less motion, each in a line. */
export function moves(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const longest = (times: string) => Math.max(...times.split(',').map((time) => parseFloat(time)));
    const found = new Set<string>();
    for (const element of document.querySelectorAll('*')) {
      for (const part of [undefined, '::before', '::after']) {
        const style = getComputedStyle(element, part);
        const running = style.animationName !== 'none' && longest(style.animationDuration) > 0.001;
        const changing = style.transitionProperty !== 'none' && longest(style.transitionDuration) > 0.001;
        if (running || changing) found.add(`${element.tagName.toLowerCase()}.${element.className}${part ?? ''}`);
      }
    }
    return [...found];
  });
}
