// The first page: what waits comes first, and each number leads to the list that it counts.

import type { Page } from '@playwright/test';

import { approve, askForProduction, fresh, importVersion, promote, requestException, withdraw } from './support/deeds.ts';
import { withMessage } from './support/folder.ts';
import { card, expect, open, test, type Name } from './support/journey.ts';
import { denies } from './support/opa.ts';

const EVERYBODY: Name[] = ['Rita Requester', 'Arthur Author', 'Adam Approver', 'Iris Auditor', 'Otto Operator', 'Ada Admin'];
/** As many as a list shows at once. */
const PAGES = [50, 100];

test('each number on the first page leads to a list of exactly as many', async ({ demo, signIn }) => {
  const [rita, adam] = [await signIn('Rita Requester'), await signIn('Adam Approver')];
  const approved = await requestException(rita, fresh('home'), inDays(5));
  await open(adam, `/exceptions/${approved}`);
  await approve(adam, 'For a few days.');
  await expect(adam.getByText('approved it until')).toBeVisible();
  await requestException(rita, fresh('home'));
  await denies(fresh('home'), demo.production);
  let numbers = 0;
  for (const name of EVERYBODY) {
    const page = await signIn(name);
    const links = await numbersOn(page);
    for (const href of links) await leadsToAsMany(page, name, href);
    numbers += links.length;
  }
  expect(numbers, 'numbers that were followed').toBeGreaterThan(20);
});

test('an approver sees the evidence in the row, and is one click from the decision', async ({ signIn }) => {
  const bucket = fresh('evidence');
  const [rita, adam] = [await signIn('Rita Requester'), await signIn('Adam Approver')];
  const number = await requestException(rita, bucket);
  await open(adam, '/waiting');
  const row = adam.getByRole('listitem').filter({ hasText: number });
  for (const told of ['High', 'production', 'asked by Rita Requester', 'until', 'The archive is migrated this quarter.', 'lapses']) {
    await expect(row).toContainText(told);
  }
  await open(adam, '/');
  await expect(adam.getByRole('heading', { level: 1 })).toHaveText(/\d+ things? waits? for you/);
  await open(adam, '/waiting');
  await row.getByRole('link', { name: /^Review/ }).click();
  await expect(adam.getByRole('button', { name: 'Approve', exact: true })).toBeVisible();
});

test('a requester sees at once how their request stands and who decides next', async ({ signIn }) => {
  const rita = await signIn('Rita Requester');
  const number = await requestException(rita, fresh('mine'));
  await open(rita, '/');
  const row = card(rita, 'Your requests').getByRole('listitem').filter({ hasText: number });
  await expect(row).toContainText('Waiting for decision');
  await expect(row).toContainText('An approver decides');
});

test('an author finds in two clicks why a version is not in production, and who must act', async ({ signIn }) => {
  const arthur = await signIn('Arthur Author');
  const number = await importVersion(arthur, withMessage(`must be encrypted (${fresh('way')})`), 'On its way');
  await promote(arthur, 'development');
  await promote(arthur, 'staging');
  await open(arthur, '/');
  const mine = card(arthur, 'Your versions').getByRole('listitem').filter({ hasText: number }).first();
  await expect(mine).toContainText('In staging');
  await expect(mine).toContainText('Nobody has asked for production yet');
  await mine.getByRole('link', { name: 'Go on' }).click();
  await expect(arthur.getByRole('dialog')).toContainText('production');
  await open(arthur, `/versions/aegis-provisioning/${number}`);
  await askForProduction(arthur, 'It reads better.');

  await open(arthur, '/');
  await expect(mine).toContainText('Waits for production');
  await expect(mine).toContainText('other than Arthur Author');
  await open(arthur, '/releases');
  const way = arthur.getByRole('region', { name: 'aegis-provisioning on its way' });
  await expect(way).toContainText(`${number} waits to be confirmed`);
  await expect(way).toContainText('other than Arthur Author confirms it');
  await way.getByRole('link', { name: `${number} waits to be confirmed` }).click();
  await withdraw(arthur);
});

test('whoever is on call finds an OPA, what it runs and what to do about it', async ({ signIn }) => {
  const otto = await signIn('Otto Operator');
  await expect(card(otto, 'Not as released')).toBeVisible();
  await open(otto, '/fleet');
  const row = otto.getByRole('table', { name: 'Instances' }).getByRole('row').filter({ hasText: 'production' }).first();
  await row.getByRole('link').first().click();
  await expect(otto.getByRole('heading', { level: 2, name: 'Bundles' })).toBeVisible();
  const bundles = otto.getByRole('table', { name: 'Bundles of this instance' });
  await expect(bundles.getByRole('row', { name: 'aegis-provisioning' })).toContainText(/v\d+\.\d+\.\d+/);
  await expect(otto.getByRole('main').getByText('Converged', { exact: true })).toBeVisible();
  await expect(otto.getByRole('button', { name: 'Trigger reload' })).toBeVisible();
  await open(otto, '/fleet?state=nonsense&environment=No%20Such');
  await expect(otto.getByRole('table', { name: 'Instances' })).toBeVisible();
});

/** Where the numbers of the first page lead. */
async function numbersOn(page: Page): Promise<string[]> {
  await open(page, '/');
  const links = await counts(page).evaluateAll((found) => found.map((one) => one.getAttribute('href')!));
  return [...new Map(links.map((one) => [plain(one), one])).values()];
}

const counts = (page: Page) => page.getByRole('main').locator('a.counted');
// The day's numbers begin at another moment whenever the page is made.
const plain = (href: string) => href.replace(/since=[^&]*/, 'since=');

/** Follows one, and counts. What changes meanwhile is counted again. */
async function leadsToAsMany(page: Page, name: Name, href: string): Promise<void> {
  const counted = async () => {
    await open(page, '/');
    const all = await counts(page).evaluateAll((found) => found.map((one) => [one.getAttribute('href')!, one.textContent!] as const));
    // A state that nobody is in any more has no number there: then its list is empty.
    const [leads, told] = all.find(([leads]) => plain(leads) === plain(href)) ?? [href, '0'];
    const number = /(more than )?[\d,]+(?=\D*$)/.exec(told)![0];
    await open(page, leads);
    await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
    const rows = await page.locator('main table.data-table > tbody > tr, main ul.queue > li').count();
    const hits = page.getByRole('main').locator('.hits');
    const said = (await hits.count()) > 0 ? /(more than )?[\d,]+/.exec((await hits.textContent())!)![0] : String(rows);
    const goesOn = (await page.getByRole('main').locator('a[data-step=next]').count()) > 0;
    const shown = goesOn ? PAGES.includes(rows) : String(rows) === said;
    return said === number && shown ? 'as many' : `${number}, and the list says ${said} and shows ${rows}`;
  };
  await expect.poll(counted, { message: `${name}: ${href}`, timeout: 20_000 }).toBe('as many');
}

/** A moment as the field takes it. */
function inDays(days: number): string {
  return new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 19);
}
