// What every journey begins with: people of the demo, each in a browser of their own.

import { test as base, expect, type BrowserContext, type Locator, type Page } from '@playwright/test';

import type { Addresses } from './demo.ts';
import { Session } from './session.ts';
import { addresses } from './set_up.ts';

/** The people that the demo enrols. */
export type Name =
  | 'Rita Requester'
  | 'Arthur Author'
  | 'Audrey Author'
  | 'Adam Approver'
  | 'Iris Auditor'
  | 'Otto Operator'
  | 'Ada Admin';

interface Wish {
  /** Where the demo is, if not that of all journeys. */
  at?: string;
  /** A browser that runs no scripts. */
  scripts?: boolean;
  /** What its console may say, because the journey makes it happen. */
  mayComplain?: RegExp;
  viewport?: { width: number; height: number };
  colorScheme?: 'light' | 'dark';
}

/** Opens a browser and signs somebody in. */
export type SignIn = (name: Name, wish?: Wish) => Promise<Page>;

export const test = base.extend<{ demo: Addresses; signIn: SignIn }>({
  demo: async ({}, use) => use(addresses()),

  // A journey fails on whatever the browser's console complains of, in whichever of its pages.
  signIn: async ({ browser, demo }, use) => {
    const contexts: BrowserContext[] = [];
    const complaints: string[] = [];
    await use(async (name, { at = demo.portal, scripts = true, mayComplain, ...wish } = {}) => {
      const context = await browser.newContext({ ...wish, baseURL: at, javaScriptEnabled: scripts });
      contexts.push(context);
      const page = await context.newPage();
      // Where nothing runs, what the page has the browser fetch ahead is of no use to it.
      const unused = scripts ? undefined : /preloaded using link preload but not used/;
      listen(page, name, (complaint) => {
        if (![unused, mayComplain].some((expected) => expected?.test(complaint))) complaints.push(complaint);
      });
      // By the page itself only where that is what a journey is about: it takes as long as the page that comes next.
      const [cookie, value] = (await Session.of(at, name)).cookie.split('=') as [string, string];
      await context.addCookies([{ name: cookie, value, url: at }]);
      await page.goto('/');
      if (scripts) await isAlive(page);
      return page;
    });
    for (const context of contexts) await context.close();
    expect(complaints, 'what the console complained of').toEqual([]);
  },
});

export { expect };

/** Tells of whatever the console complains of, and of what the page's scripts throw. */
export function listen(page: Page, name: string, tell: (complaint: string) => void): void {
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) {
      tell(`${name} at ${message.location().url}: ${message.type()}: ${message.text()}`);
    }
  });
  page.on('pageerror', (error) => tell(`${name} at ${page.url()}: ${error.stack ?? error}`));
}

/** Opens a page, and returns once its scripts have taken it over. */
export async function open(page: Page, path: string): Promise<void> {
  await page.goto(path);
  await isAlive(page);
}

/** The nav's link to a place. */
export function nav(page: Page, place: string): Locator {
  return page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: place });
}

/** A card of the page that is open, by its title. */
export function card(page: Page, title: string): Locator {
  return page.getByRole('main').locator('section.card').filter({ has: page.getByRole('heading', { level: 2, name: title }) });
}

/** Returns once the scripts have taken over what the server wrote. */
export async function isAlive(page: Page): Promise<void> {
  await expect(page.locator('body[data-hydrated=yes]')).toBeAttached();
}
