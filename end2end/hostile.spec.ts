// What people type is text and nothing else: it runs nothing, breaks no layout, and is refused in words where it is too much.

import type { Page } from '@playwright/test';

import { askForProduction, fresh, importVersion, promote, RULE } from './support/deeds.ts';
import { withComment } from './support/folder.ts';
import { expect, open, test } from './support/journey.ts';

const PHONE = { width: 390, height: 844 };
const SCRIPT = '<script>document.title = "taken over"</script><img src=x onerror="document.title=1">';
const RIGHT_TO_LEFT = '\u202eevil\u202c \u05e9\u05dc\u05d5\u05dd \u0645\u0631\u062d\u0628\u0627';
const EMOJI = '👩‍👩‍👧‍👦🏳️‍🌈 e\u0301\u0301\u0301';
const NASTY = `${SCRIPT} ${RIGHT_TO_LEFT} ${EMOJI} ${'w'.repeat(600)}`;

/** Fails where the page runs what was typed, or is wider than the phone. */
async function isText(page: Page, path: string): Promise<void> {
  await open(page, path);
  expect(await page.title(), path).not.toMatch(/^(taken over|1)$/);
  expect(await page.locator('main script, main img').count(), path).toBe(0);
  const wider = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
  expect(wider, `${path} is wider than a phone by`).toBeLessThanOrEqual(0);
}

test('whatever is typed into a request is text, on every page that shows it', async ({ signIn }) => {
  const resource = `${fresh('r')}${SCRIPT.replaceAll(/[*?]/g, '')}${RIGHT_TO_LEFT}${EMOJI}${'n'.repeat(700)}`;
  const rita = await signIn('Rita Requester', { viewport: PHONE });
  await open(rita, '/exceptions/new');
  await rita.getByLabel('Rule').selectOption(RULE);
  await rita.getByLabel('Resources').fill(resource);
  await rita.getByRole('checkbox', { name: 'production' }).check();
  await rita.getByLabel('Why, and what ends it').fill(NASTY);
  await rita.getByLabel('Ticket').fill(`${SCRIPT}${'t'.repeat(80)}`);
  await rita.getByRole('button', { name: 'Request', exact: true }).click();
  await expect(rita).toHaveURL(/\/exceptions\/EXC-\d+$/);
  const page = new URL(rita.url()).pathname;
  const number = page.split('/').at(-1)!;
  await expect(rita.getByText('<script>').first()).toBeVisible();

  const adam = await signIn('Adam Approver', { viewport: PHONE });
  await isText(adam, '/');
  await isText(adam, page);
  await adam.getByLabel('Comment').fill(NASTY);
  await adam.getByRole('button', { name: 'Approve', exact: true }).click();
  await expect(adam.getByText('approved it until')).toBeVisible();
  await open(adam, `${page}?ask=revoke`);
  await adam.getByRole('dialog').getByLabel('Reason').fill(NASTY);
  await adam.getByRole('dialog').getByRole('button', { name: 'Revoke' }).click();
  await expect(adam.getByText('revoked it')).toBeVisible();
  for (const path of [page, '/exceptions', `/exceptions?text=${encodeURIComponent(resource.slice(0, 60))}`, `/audit?about=${number}`]) {
    await isText(adam, path);
  }
});

test('whatever is typed into an import and a promotion is text', async ({ signIn }) => {
  const arthur = await signIn('Arthur Author', { viewport: PHONE });
  const note = NASTY.slice(0, 480);
  await importVersion(arthur, withComment(fresh('must'), `${SCRIPT} ${RIGHT_TO_LEFT} ${'c'.repeat(3_000)}`), note);
  const version = new URL(arthur.url()).pathname;
  await promote(arthur, 'development');
  await promote(arthur, 'staging');
  await askForProduction(arthur, NASTY);
  const promotion = new URL(arthur.url()).pathname;
  const paths = [version, `${version}?view=split`, promotion, '/policies/aegis.provisioning.s3', '/changesets', '/versions', '/releases', '/releases/history'];
  for (const path of paths) await isText(arthur, path);
});

test('too much is refused with its limit, and a NUL with its name', async ({ signIn }) => {
  const rita = await signIn('Rita Requester', { mayComplain: /status of 4(09|22)/ });
  await open(rita, '/exceptions/new');
  await rita.getByLabel('Rule').selectOption(RULE);
  await rita.getByRole('checkbox', { name: 'production' }).check();
  const say = async (resources: string, why: string, ticket: string, refusal: RegExp) => {
    await rita.getByLabel('Resources').fill(resources);
    await rita.getByLabel('Why, and what ends it').fill(why);
    await rita.getByLabel('Ticket').fill(ticket);
    await rita.getByRole('button', { name: 'Request', exact: true }).click();
    await expect(rita.getByRole('alert')).toContainText(refusal);
    expect(await rita.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)).toBeLessThanOrEqual(0);
  };
  const long = 'x'.repeat(10_000);
  await say(long, 'why', 'SEC-1', /longer than 1024 characters/);
  await say('bucket', long, 'SEC-1', /takes 1 to 4000 characters/);
  await say('bucket', 'why', long, /takes 1 to 200 characters/);
  await say('bucket', 'why \u0000 so', 'SEC-1', /U\+0000/);
});
