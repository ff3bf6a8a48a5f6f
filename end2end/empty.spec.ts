// What a list says that finds nothing, and the way on from there.

import type { Page } from '@playwright/test';

import { fresh } from './support/deeds.ts';
import { expect, open, test } from './support/journey.ts';
import { axe, inTheme } from './support/seen.ts';

/** Every list, and how it is narrowed to nothing. */
const LISTS = [
  ...['/policies', '/changesets', '/releases/history', '/exceptions'].map((list) => [list, `text=${fresh('nothing')}`]),
  ['/versions', 'bundle=aegis-exceptions'],
  ['/decisions', 'path=aegis/nowhere'],
  ['/audit', 'by=Nobody'],
] as [string, string][];

/** Fails on what axe-core finds in either theme. */
async function isAccessible(page: Page, path: string): Promise<void> {
  for (const theme of ['light', 'dark'] as const) {
    await inTheme(page, theme);
    expect(await axe(page), `${path}, ${theme}`).toEqual([]);
  }
}

test('a list whose filter matches nothing says so, and leads back to all of it', async ({ signIn }) => {
  const iris = await signIn('Iris Auditor');
  for (const [list, filter] of LISTS) {
    await open(iris, `${list}?${filter}`);
    const main = iris.getByRole('main');
    await expect(main.getByRole('heading', { name: 'Nothing matches this filter' }), list).toBeVisible();
    await expect(main.getByRole('row'), list).toHaveCount(0);
    await expect(main.locator('.hits'), list).toHaveText(/^0 /);
    await isAccessible(iris, list);
    await main.getByRole('link', { name: 'Clear the filter' }).click();
    await expect(iris).toHaveURL(list);
    await expect(main.getByText('Nothing matches this filter'), list).toHaveCount(0);
  }
});

test('a fleet without an OPA in that state, and a word that nothing is called by, say so', async ({ signIn }) => {
  const iris = await signIn('Iris Auditor');
  for (const [path, title, next] of [
    ['/fleet?state=error', 'No instance is like this', 'Clear the filter to see all of them.'],
    [`/find?q=${fresh('nothing')}`, 'Nothing is called like this', 'A name is found by any three letters of it'],
  ] as const) {
    await open(iris, path);
    await expect(iris.getByRole('main').getByRole('heading', { name: title })).toBeVisible();
    await expect(iris.getByRole('main')).toContainText(next);
    await isAccessible(iris, path);
  }
});
