// What every journey begins with: people of the demo, each in a browser of their own.

import { test as base, expect, type BrowserContext, type Locator, type Page } from '@playwright/test';

import { listen } from './console.ts';
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
  /** Whether it comes to another site too, whose pages may say what they like. */
  elsewhere?: true;
  viewport?: { width: number; height: number };
  colorScheme?: 'light' | 'dark';
}

/** Opens a browser of somebody's own, and returns its first page, which is empty. */
export type BrowserOf = (name: string, wish?: Wish) => Promise<Page>;
/** Opens a browser and signs somebody in. */
export type SignIn = (name: Name, wish?: Wish) => Promise<Page>;

export const test = base.extend<{ demo: Addresses; browserOf: BrowserOf; signIn: SignIn }>({
  demo: async ({}, use) => use(addresses()),

  // Every browser of every journey is opened here: a journey fails on whatever a console complains of, in whichever of
  // its pages.
  browserOf: async ({ browser, demo }, use) => {
    const contexts: BrowserContext[] = [];
    const complaints: string[] = [];
    await use(async (name, { at = demo.portal, scripts = true, mayComplain, elsewhere, ...wish } = {}) => {
      const context = await browser.newContext({ ...wish, baseURL: at, javaScriptEnabled: scripts });
      contexts.push(context);
      // Where nothing runs, what the page has the browser fetch ahead is of no use to it.
      const unused = scripts ? undefined : /preloaded using link preload but not used/;
      listen(context, name, (complaint) => {
        const isExpected = [unused, mayComplain].some((expected) => expected?.test(complaint.said));
        if (!isExpected && (!elsewhere || complaint.at.startsWith(at))) complaints.push(complaint.said);
      });
      return context.newPage();
    });
    for (const context of contexts) await context.close();
    expect(complaints, 'what the console complained of').toEqual([]);
  },

  signIn: async ({ browserOf, demo }, use) => {
    await use(async (name, wish = {}) => {
      const { at = demo.portal, scripts = true } = wish;
      const page = await browserOf(name, wish);
      // By the page itself only where that is what a journey is about: it takes as long as the page that comes next.
      const [cookie, value] = (await Session.of(at, name)).cookie.split('=') as [string, string];
      await page.context().addCookies([{ name: cookie, value, url: at }]);
      await page.goto('/');
      if (scripts) await isAlive(page);
      return page;
    });
  },
});

export { expect };

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
