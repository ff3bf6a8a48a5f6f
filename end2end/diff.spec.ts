// What changed between two versions, in each way to look at it, and a module too long to look at whole.

import type { Page } from '@playwright/test';

import { fresh, importVersion } from './support/deeds.ts';
import { withLongModule, withMessage } from './support/folder.ts';
import { expect, isAlive, open, test } from './support/journey.ts';

const PHONE = { width: 390, height: 844 };

/** How much wider the page is than its window. */
function wider(page: Page): Promise<number> {
  return page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
}

test('a change is looked at as one column or as two, and the address says which', async ({ signIn }) => {
  const arthur = await signIn('Arthur Author');
  const message = fresh('must-be-encrypted');
  await importVersion(arthur, withMessage(message), 'Another message');
  const page = new URL(arthur.url()).pathname;
  const changes = arthur.getByRole('region', { name: /changes since/ });
  await expect(changes.locator('tr.add').filter({ hasText: message })).not.toHaveCount(0);
  await expect(changes.locator('tr.del mark')).not.toHaveCount(0);
  await arthur.getByRole('link', { name: 'Side by side' }).click();
  await expect(arthur).toHaveURL(/view=split/);
  await expect(changes.locator('td.add').filter({ hasText: message })).not.toHaveCount(0);

  // Whoever gets the address sees the same; without scripts too, and on a phone one column.
  for (const wish of [{}, { scripts: false }, { viewport: PHONE }]) {
    const audrey = await signIn('Audrey Author', wish);
    await audrey.goto(`${page}?view=split`);
    await expect(audrey.getByRole('link', { name: 'Side by side' })).toHaveAttribute('aria-current', 'true');
    const added = audrey.locator('td.add:not(.at)').filter({ hasText: message }).first();
    const removed = audrey.locator('td.del:not(.at)').first();
    await expect(added).toBeVisible();
    const [left, right] = [(await removed.boundingBox())!.x, (await added.boundingBox())!.x];
    if ('viewport' in wish) expect(right).toBe(left);
    else expect(right).toBeGreaterThan(left + 200);
    expect(await wider(audrey)).toBeLessThanOrEqual(0);
  }
});

test('the keyboard and links lead from change to change', async ({ signIn }) => {
  const arthur = await signIn('Arthur Author');
  await importVersion(arthur, withMessage(fresh('must-say')), 'Another message');
  const changes = arthur.getByRole('region', { name: /changes since/ });
  // From wherever one is on the page, as the sheet says.
  await expect(changes).toBeVisible();
  await arthur.keyboard.press('?');
  const sheet = arthur.getByRole('dialog', { name: 'Shortcuts' });
  await expect(sheet.getByText('Next change')).toBeVisible();
  await arthur.keyboard.press('Escape');
  await expect(sheet).toHaveCount(0);
  for (const [key, id] of [['n', 'change-1'], ['n', 'change-2'], ['p', 'change-1'], ['p', 'change-1']] as const) {
    await arthur.keyboard.press(key);
    await expect(arthur.locator(`#${id}`)).toBeFocused();
  }
  await arthur.locator('#change-1').getByRole('link', { name: 'next' }).click();
  await expect(arthur).toHaveURL(/#change-2$/);
  expect(await arthur.evaluate(() => document.querySelector(':target')?.id)).toBe('change-2');
});

test('a version is compared with any other of its bundle', async ({ signIn }) => {
  const arthur = await signIn('Arthur Author');
  const [first, second] = [fresh('first'), fresh('second')];
  const before = await importVersion(arthur, withMessage(first), 'One');
  await importVersion(arthur, withMessage(second), 'Two');
  const others = arthur.getByLabel('Version', { exact: true });
  await expect(others).toHaveValue(before);
  await others.selectOption('v1.0.0');
  await arthur.getByRole('button', { name: 'Compare' }).click();
  await expect(arthur).toHaveURL(/against=v1\.0\.0/);
  await isAlive(arthur);
  await expect(arthur.getByText('Compared with v1.0.0')).toBeVisible();
  await expect(arthur.locator('tr.add').filter({ hasText: second })).not.toHaveCount(0);
  await expect(arthur.getByText(first)).toHaveCount(0);
});

test('a module of five thousand lines is there at once, and each line has an address', async ({ signIn }) => {
  test.slow();
  const arthur = await signIn('Arthur Author');
  await importVersion(arthur, withLongModule(fresh('must-be-long'), 5_000), 'Long');
  const begun = Date.now();
  const answer = await arthur.request.get('/policies/aegis.provisioning.s3');
  const text = await answer.text();
  const took = Date.now() - begun;
  expect(text).toContain('id="L5000"');
  test.info().annotations.push({ type: 'five thousand lines', description: `${took} ms, ${text.length} bytes` });
  expect(took).toBeLessThan(2_000);
  await open(arthur, '/policies/aegis.provisioning.s3#L4000');
  const line = arthur.locator('#L4000');
  await expect(line).toBeInViewport();
  expect(await line.evaluate((line) => line.matches(':target'))).toBe(true);
  await arthur.locator('#L4002').getByRole('link').click();
  await expect(arthur).toHaveURL(/#L4002$/);
  // The page goes on while it holds them: a link of the nav leads on without loading anew.
  await arthur.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: 'Fleet' }).click();
  await expect(arthur.getByRole('heading', { level: 1, name: 'Fleet' })).toBeVisible();
});

test('a module is copied as it was written', async ({ signIn }) => {
  const arthur = await signIn('Arthur Author');
  await arthur.context().grantPermissions(['clipboard-read', 'clipboard-write']);
  await open(arthur, '/policies/aegis.provisioning.s3');
  await arthur.getByRole('button', { name: 'Copy source' }).first().click();
  await expect(arthur.getByRole('button', { name: 'Copied' })).toBeVisible();
  const copied = await arthur.evaluate(() => navigator.clipboard.readText());
  expect(copied).toContain('\npackage aegis.provisioning.s3\n');
  expect(copied).not.toMatch(/^\d/m);
});
