// Where somebody is signed in: seen and ended by themselves, ended by an admin, and nobody let in who is disabled.

import type { Page } from '@playwright/test';

import { test } from './support/alone.ts';
import { within } from './support/clicks.ts';
import { keepsFocus, Keys } from './support/hand.ts';
import { expect, nav, open } from './support/journey.ts';

/** How soon an open page says that its session is over, in milliseconds. */
const SOON = 5_000;

/** What the console tells of a request after that. */
const REFUSED = /status of 401/;

const row = (page: Page, words: string) => page.getByRole('main').getByRole('row').filter({ hasText: words });
const signedOut = (page: Page) => page.getByRole('banner').getByText('Signed out');

/** Fails unless the page that is open says that its session is over, and the next one asks who they are. */
async function isOut(page: Page): Promise<void> {
  await expect(signedOut(page)).toBeVisible({ timeout: SOON });
  expect((await page.request.get('/api/v1/exceptions')).status()).toBe(401);
  await page.goto('/exceptions');
  await expect(page).toHaveURL(/\/sign-in\?to=/);
}

test('somebody sees where they are signed in, and ends the session that they left open elsewhere', async ({ signIn }) => {
  const elsewhere = await signIn('Iris Auditor', { mayComplain: REFUSED });
  await open(elsewhere, '/exceptions');
  const here = await signIn('Iris Auditor');
  await here.getByRole('button', { name: 'Iris Auditor' }).click();
  await here.getByRole('link', { name: 'Your sessions' }).click();
  await expect(here.getByRole('heading', { level: 1, name: 'Your sessions' })).toBeVisible();
  await expect(row(here, 'This one').getByRole('button', { name: 'Sign out' })).toBeVisible();
  // Other journeys may have left some open too; the newest comes first.
  const others = here.getByRole('button', { name: /^End the session of \d/ });
  await expect(others.first()).toBeVisible();
  const before = await others.count();
  await others.first().click();
  await expect(others).toHaveCount(before - 1);
  await expect(row(here, 'This one')).toHaveCount(1);
  await isOut(elsewhere);
  await open(here, '/audit?kind=sessions_ended');
  await expect(row(here, 'ended 1 session of Iris Auditor')).toContainText('Iris Auditor');
});

test('an admin ends the sessions of somebody else, whose open page says so', async ({ signIn }) => {
  const ada = await signIn('Ada Admin');
  const rita = await signIn('Rita Requester', { mayComplain: REFUSED });
  await open(rita, '/exceptions');
  await ada.goto('/access');
  const end = ada.getByRole('button', { name: 'End sessions of Rita Requester' });
  await end.click();
  await expect(end).toHaveCount(0);
  await isOut(rita);
  // They were sent away and not kept out.
  await rita.getByRole('button', { name: 'Rita Requester' }).click();
  await expect(rita).toHaveURL('/exceptions');
});

test('who is disabled is out at once and cannot come back, until they are enabled again', async ({ browserOf, signIn }) => {
  const [ada, iris] = [await signIn('Ada Admin'), await signIn('Iris Auditor')];
  const otto = await signIn('Otto Operator', { mayComplain: REFUSED });
  await open(otto, '/fleet');
  const api = () => otto.request.get('/api/v1/fleet');
  expect((await api()).status()).toBe(200);
  await ada.goto('/access');
  await ada.getByRole('button', { name: 'Disable Otto Operator' }).click();
  await expect(row(ada, 'Otto Operator')).toContainText('Disabled since');
  await isOut(otto);
  const again = await browserOf('Otto Operator', { mayComplain: REFUSED });
  await again.goto('/sign-in');
  await expect(again.getByRole('button', { name: 'Ada Admin' })).toBeVisible();
  await expect(again.getByRole('button', { name: 'Otto Operator' }), 'not let in').toHaveCount(0);

  await ada.getByRole('button', { name: 'Enable Otto Operator' }).click();
  await expect(row(ada, 'Otto Operator')).not.toContainText('Disabled since');
  expect((await api()).status(), 'their old session stays ended').toBe(401);
  await otto.reload();
  await otto.getByRole('button', { name: 'Otto Operator' }).click();
  await expect(otto).toHaveURL('/exceptions');
  expect((await api()).status()).toBe(200);
  for (const [kind, sentence] of [['person_disabled', 'disabled Otto Operator'], ['person_enabled', 'enabled Otto Operator again']] as const) {
    await open(iris, `/audit?kind=${kind}`);
    await expect(row(iris, sentence)).toContainText('Ada Admin');
  }
});

test('an admin keeps somebody out within 2', async ({ signIn }) => {
  await within(2, 'Ada Admin', signIn, async (hand) => {
    const { page } = hand;
    await hand.press(nav(page, 'Access'));
    await hand.press(page.getByRole('button', { name: 'Disable Audrey Author' }));
    await expect(row(page, 'Audrey Author')).toContainText('Disabled since');
    await keepsFocus(page);
    await page.getByRole('button', { name: 'Enable Audrey Author' }).click();
    await expect(row(page, 'Audrey Author')).not.toContainText('Disabled since');
  });
});

test('a session is ended by the keyboard alone', async ({ signIn }) => {
  await signIn('Adam Approver');
  const adam = new Keys(await signIn('Adam Approver'));
  const { page } = adam;
  await adam.press(page.getByRole('button', { name: 'Adam Approver' }));
  await adam.press(page.getByRole('link', { name: 'Your sessions' }));
  const others = page.getByRole('button', { name: /^End the session of/ });
  await expect(others.first()).toBeVisible();
  const before = await others.count();
  await adam.press(others.first());
  await expect(others).toHaveCount(before - 1);
  await keepsFocus(page);
});
