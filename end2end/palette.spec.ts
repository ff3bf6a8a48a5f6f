// Finding anything, from anywhere, by the keyboard, by the mouse, and without scripts.

import type { Page } from '@playwright/test';

import { fresh, requestException } from './support/deeds.ts';
import { expect, isAlive, open, test } from './support/journey.ts';
import { Session } from './support/session.ts';

const dialog = (page: Page) => page.getByRole('dialog', { name: 'Find or do' });
const field = (page: Page) => page.getByRole('combobox', { name: 'Find or do' });
const option = (page: Page, name: string | RegExp) => dialog(page).getByRole('option', { name });

async function find(page: Page, text: string): Promise<void> {
  await page.keyboard.press('Control+k');
  await expect(field(page)).toBeFocused();
  await field(page).fill(text);
}

test('an exception is found by its number and by its resource, and opened by the keyboard', async ({ signIn }) => {
  const bucket = fresh('sought');
  const [rita, adam] = [await signIn('Rita Requester'), await signIn('Adam Approver')];
  const number = await requestException(rita, bucket);

  for (const text of [number, number.toLowerCase().replace('-', ''), bucket.slice(0, -2)]) {
    await open(adam, '/fleet');
    await find(adam, text);
    await expect(option(adam, number)).toBeVisible();
    await expect(field(adam)).toHaveAttribute('aria-activedescendant', 'palette-0');
    await adam.keyboard.press('Enter');
    await expect(adam).toHaveURL(`/exceptions/${number}`);
    await expect(dialog(adam)).toHaveCount(0);
  }
  // Where somebody was is offered before anything is typed.
  await open(adam, '/fleet');
  await adam.keyboard.press('Control+k');
  await expect(option(adam, number)).toContainText('recent');
});

test('the arrow keys choose, Escape gives the focus back', async ({ signIn }) => {
  const arthur = await signIn('Arthur Author');
  const last = arthur.getByRole('main').getByRole('link').last();
  await last.focus();
  await find(arthur, 're');
  const options = dialog(arthur).getByRole('option');
  await expect(options.first()).toHaveAttribute('aria-selected', 'true');
  await arthur.keyboard.press('ArrowDown');
  await expect(options.nth(1)).toHaveAttribute('aria-selected', 'true');
  await expect(options.first()).toHaveAttribute('aria-selected', 'false');
  await arthur.keyboard.press('ArrowUp');
  await arthur.keyboard.press('ArrowUp');
  await expect(options.last()).toHaveAttribute('aria-selected', 'true');
  await arthur.keyboard.press('Escape');
  await expect(dialog(arthur)).toHaveCount(0);
  await expect(last).toBeFocused();
});

test('policies, versions and digests are found, and what nobody may do is not offered', async ({ demo, signIn }) => {
  const session = await Session.of(demo.portal, 'Iris Auditor');
  const versions = await session.get<{ items: { bundle: string; number: string; digest: string }[] }>('versions');
  const version = versions.items[0]!;
  const iris = await signIn('Iris Auditor');
  await find(iris, 'provisioning.s3');
  await expect(option(iris, 'aegis.provisioning.s3')).toBeVisible();
  for (const text of [`${version.bundle} ${version.number}`, version.digest.slice(0, 10)]) {
    await field(iris).fill(text);
    await expect(option(iris, `${version.bundle} ${version.number}`)).toBeVisible();
  }
  await option(iris, `${version.bundle} ${version.number}`).click();
  await expect(iris).toHaveURL(`/versions/${version.bundle}/${version.number}`);
  await expect(iris.getByRole('heading', { level: 1 })).toBeFocused();

  await find(iris, 'request');
  await expect(option(iris, 'Request an exception')).toHaveCount(0);
  await field(iris).fill('nothing-is-called-so');
  await expect(dialog(iris).getByText('Nothing is called like this')).toBeVisible();
});

test('parts of a rule, of an OPA and of a number are found, and pages only by who may see them', async ({ demo, signIn }) => {
  const rita = await signIn('Rita Requester');
  const number = await requestException(rita, fresh('begun'));
  await find(rita, 'no_encrypt');
  await expect(option(rita, 'aegis.provisioning.s3')).toBeVisible();
  await expect(option(rita, /EXC-/).first()).toBeVisible();
  await field(rita).fill('demo-prod');
  await expect(option(rita, 'demo-production').first()).toBeVisible();
  await field(rita).fill('EXC-');
  await expect(option(rita, number)).toBeVisible();
  await field(rita).fill('audit');
  await expect(option(rita, 'Audit log')).toHaveCount(0);
  await rita.keyboard.press('Escape');
  const nav = rita.getByRole('navigation', { name: 'Main' });
  for (const place of ['Audit log', 'Decisions']) await expect(nav.getByRole('link', { name: place }), place).toHaveCount(0);
  await expect(nav.getByRole('link', { name: 'Fleet' })).toBeVisible();
  expect(await (await fetch(`${demo.portal}/`, { headers: { cookie: (await Session.of(demo.portal, 'Rita Requester')).cookie } })).text()).not.toContain('href="/audit"');
});

test('without scripts the same is found on a page', async ({ signIn }) => {
  const bucket = fresh('plainly');
  const rita = await signIn('Rita Requester');
  const number = await requestException(rita, bucket);
  const adam = await signIn('Adam Approver', { scripts: false });
  await adam.getByRole('link', { name: 'Find or do' }).click();
  await adam.getByLabel('Number, name, digest, page or deed').fill(bucket);
  await adam.getByRole('button', { name: 'Find', exact: true }).click();
  await expect(adam).toHaveURL(`/find?q=${bucket}`);
  await adam.getByRole('main').getByRole('link', { name: number }).click();
  await expect(adam).toHaveURL(`/exceptions/${number}`);
});

test('a found address can be shared, and tells when there is nothing', async ({ signIn }) => {
  const iris = await signIn('Iris Auditor');
  await open(iris, '/find?q=audit');
  await expect(iris.getByRole('main').getByRole('link', { name: 'Audit log' })).toBeVisible();
  await open(iris, '/find?q=%3Cscript%3Ealert(1)%3C%2Fscript%3E');
  await expect(iris.getByRole('heading', { level: 1 })).toContainText('<script>');
  await expect(iris.getByText('Nothing is called like this')).toBeVisible();
  await iris.goto(`/find?q=${'x'.repeat(3000)}`);
  await isAlive(iris);
  expect(await iris.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth)).toBe(true);
});
