// Signing in and out by a real identity provider: oidc-provider from npm, in a real browser.

import type { Page } from '@playwright/test';

import { requestException, upload } from './support/deeds.ts';
import { withMessage } from './support/folder.ts';
import { expect, isAlive, test as base } from './support/journey.ts';
import { proveWhoTheyAre, Served, signIn } from './support/served.ts';
import { until } from './support/until.ts';

const test = base.extend<{ person: (wish?: { mayComplain: RegExp }) => Promise<Page> }, { served: Served }>({
  served: [
    async ({}, use) => {
      const served = await Served.start();
      await use(served);
      await served.stop();
    },
    { scope: 'worker' },
  ],

  person: async ({ browserOf, served }, use) => {
    await use((wish) => browserOf('somebody', { at: served.portal, elsewhere: true, ...wish }));
  },
});

/** What the console tells of a change that takes a newer proof of who one is. */
const TOO_OLD = /status of 401/;

test.describe.configure({ mode: 'serial' });

/** Grants a role to a group, on the page of access. */
async function grant(page: Page, group: string, role: string): Promise<void> {
  const form = page.locator('form').filter({ has: page.getByRole('button', { name: 'Grant to the group' }) });
  await form.getByLabel('Group').fill(group);
  await form.getByLabel('Role').selectOption(role);
  await form.getByRole('button').click();
}

test('somebody signs in by the provider, comes to where they wanted to go, and may what their group may', async ({
  person,
  served,
}) => {
  const olga = await person();
  await olga.goto('/audit?kind=signed_in');
  await signIn(olga, served, 'olga');
  await expect(olga).toHaveURL(`${served.portal}/audit?kind=signed_in`);
  await isAlive(olga);
  await expect(olga.getByText('signed in Olga Owner').first()).toBeVisible();
  await expect(olga.getByRole('button', { name: 'Olga Owner, admin' })).toBeVisible();
});

test('whose groups are granted nothing is told so, and is somebody all the same', async ({ person, served }) => {
  const paul = await person({ mayComplain: /status of 403/ });
  await paul.goto('/audit');
  await signIn(paul, served, 'paul');
  await expect(paul.getByText('You may not see this')).toBeVisible();
});

test('signing out ends the session at the provider too', async ({ person, served }) => {
  const olga = await person();
  await olga.goto('/');
  await signIn(olga, served, 'olga');
  await isAlive(olga);
  await olga.getByRole('button', { name: 'Olga Owner, admin' }).click();
  await olga.getByRole('button', { name: 'Sign out' }).click();
  await olga.getByRole('button', { name: /sign me out/i }).click();
  await expect(olga).toHaveURL(`${served.portal}/sign-in`);
  // It asks who they are, as it would not where they still had a session.
  await signIn(olga, served, 'olga');
});

test('a session that ends at the provider ends here, and an open page says so', async ({ person, served }) => {
  const olga = await person();
  await olga.goto('/');
  await signIn(olga, served, 'olga');
  await isAlive(olga);
  const there = await olga.context().newPage();
  await there.goto(`${served.provider}/session/end`);
  await there.getByRole('button', { name: /sign me out/i }).click();
  const obeyed = async () => served.logs().includes('an order to sign out was obeyed');
  await until('the order to sign out is obeyed', obeyed).catch((late) => {
    throw new Error(`${late}\n${served.logs()}`);
  });
  await olga.bringToFront();
  await expect(olga.getByRole('banner').getByText('Signed out')).toBeVisible({ timeout: 5_000 });
  await olga.goto('/audit');
  await expect(olga).toHaveURL(/\/sign-in\?to=/);
});

test('who approves proves anew who they are, and what they typed comes along', async ({ person, served }) => {
  const [olga, paul] = [await person({ mayComplain: TOO_OLD }), await person()];
  await olga.goto('/access');
  await signIn(olga, served, 'olga');
  await grant(olga, 'everybody', 'requester');
  for (const role of ['author', 'approver']) await grant(olga, 'aegis-admins', role);
  await upload(olga, withMessage('unencrypted'), 'the first');
  await paul.goto('/exceptions/new');
  await signIn(paul, served, 'paul');
  const number = await requestException(paul, 'archive');

  await olga.goto(`/exceptions/${number}`);
  await isAlive(olga);
  served.ageProofs();
  await olga.getByLabel('Comment').fill('until the migration & not longer');
  await olga.getByRole('button', { name: 'Approve', exact: true }).click();
  await expect(olga.getByText('this takes a sign-in of the last 15 minutes')).toBeVisible();
  await olga.getByRole('button', { name: 'Sign in again' }).click();
  // The provider knows her still, and asks all the same.
  await proveWhoTheyAre(olga, served, 'olga');
  await olga.getByRole('button', { name: 'Back to what you typed' }).click();
  await expect(olga.getByText('Not sent yet')).toBeVisible();
  await expect(olga.getByLabel('Comment')).toHaveValue('until the migration & not longer');
  await olga.getByRole('button', { name: 'Approve', exact: true }).click();
  await expect(olga.getByText('In force').first()).toBeVisible();
});

test('who grants proves it too, finds the form as it was, and sends it again', async ({ person, served }) => {
  const olga = await person({ mayComplain: TOO_OLD });
  await olga.goto('/access');
  await signIn(olga, served, 'olga');
  served.ageProofs();
  await grant(olga, 'everybody', 'auditor');
  await expect(olga.getByRole('heading', { name: 'Grant the group everybody the role auditor' })).toBeVisible();
  await olga.getByRole('button', { name: 'Sign in again' }).click();
  await proveWhoTheyAre(olga, served, 'olga');
  await olga.getByRole('button', { name: 'Back to what you typed' }).click();
  await expect(olga.getByText('Not sent yet')).toBeVisible();
  await expect(olga.getByRole('textbox', { name: /^Group/ })).toHaveValue('everybody');
  await olga.getByRole('button', { name: 'Grant to the group' }).click();
  await expect(olga).toHaveURL(`${served.portal}/access#main`);
  await expect(olga.getByRole('row', { name: /everybody.*auditor/ })).toBeVisible();
});

test('what a group was granted is gone for its members once it is taken from it', async ({ person, served }) => {
  const [olga, paul] = [await person(), await person({ mayComplain: /status of 403/ })];
  await olga.goto('/access');
  await signIn(olga, served, 'olga');
  await paul.goto('/audit');
  await signIn(paul, served, 'paul');
  await expect(paul.getByRole('table', { name: 'Audit' })).toBeVisible();
  const take = olga.getByRole('button', { name: 'Remove auditor from everybody' });
  await take.click();
  await expect(take).toHaveCount(0);
  await paul.reload();
  await expect(paul.getByText('You may not see this')).toBeVisible();
  expect((await paul.request.get('/api/v1/audit')).status()).toBe(403);
  await olga.goto('/audit?kind=group_unmapped');
  await expect(olga.getByText('took the role auditor from the group everybody')).toBeVisible();
});

/** What the console tells of a page that says why nobody was signed in. */
const NOT_SIGNED_IN = { mayComplain: /status of 400/ };

/** Fails unless the page says that nobody was signed in, why, and where to go on. */
async function saysNo(page: Page, why: RegExp): Promise<void> {
  const main = page.getByRole('main');
  await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
  await expect(main).toContainText(/you were not signed in/i);
  await expect(main).toContainText(why);
  await expect(main.locator('.reference code')).toHaveText(/^[0-9a-f-]{36}$/);
  expect((await page.request.get('/api/v1/exceptions')).status()).toBe(401);
  await main.getByRole('link', { name: 'Home' }).click();
  await expect(page.getByRole('heading', { name: 'Sign in to Aegis' })).toBeVisible();
}

/** Begins a sign-in, and returns the state by which the portal knows it. */
async function begin(page: Page, served: Served): Promise<string> {
  const asked = page.waitForRequest((request) => request.url().startsWith(`${served.provider}/auth?`));
  await page.goto('/sign-in');
  await page.getByRole('button', { name: 'Go on to sign in' }).click();
  const state = new URL((await asked).url()).searchParams.get('state')!;
  await expect(page).toHaveURL(new RegExp(`^${served.provider}/interaction/`));
  return state;
}

test('who breaks off at the provider is told so, and can begin anew', async ({ person, served }) => {
  const paul = await person(NOT_SIGNED_IN);
  await begin(paul, served);
  await paul.getByRole('link', { name: /cancel/i }).click();
  await saysNo(paul, /it denied access/);
  await signIn(paul, served, 'paul');
  await expect(paul.getByRole('button', { name: 'Paul Public' })).toBeVisible();
});

test('an answer with a wrong state, or without one, signs nobody in and says why', async ({ person, served }) => {
  const paul = await person(NOT_SIGNED_IN);
  for (const query of ['code=made-up&state=made-up', 'code=made-up', 'error=%3Cscript%3E&error_description=call+555+0100', '']) {
    await begin(paul, served);
    await paul.goto(`/sign-in/callback?${query}`);
    await expect(paul.getByRole('main')).not.toContainText('555 0100');
    await saysNo(paul, /this browser did not begin that sign-in/);
  }
});

test('a code counts once: the address of an answer opens nothing when it is opened again', async ({ person, served }) => {
  const paul = await person(NOT_SIGNED_IN);
  const came = paul.waitForRequest((request) => request.url().startsWith(`${served.portal}/sign-in/callback?`));
  await paul.goto('/exceptions');
  await signIn(paul, served, 'paul');
  const answer = new URL((await came).url());
  await paul.context().clearCookies();
  await paul.goto(answer.href);
  await saysNo(paul, /this browser did not begin that sign-in/);
  // Nor with the state of another attempt: the provider itself refuses the code.
  answer.searchParams.set('state', await begin(paul, served));
  await paul.goto(answer.href);
  await saysNo(paul, /it did not take its own code: it was used before/);
});

test('a provider that is away keeps newcomers out, and nobody else', async ({ person, served }) => {
  const [olga, paul] = [await person(), await person({ mayComplain: /status of 503/ })];
  await olga.goto('/audit');
  await signIn(olga, served, 'olga');
  await served.stopProvider();
  await paul.goto('/sign-in');
  // For five seconds after its last answer it is taken to be there.
  await paul.waitForTimeout(6_000);
  const answer = paul.waitForResponse((heard) => heard.request().method() === 'POST');
  await paul.getByRole('button', { name: 'Go on to sign in' }).click();
  expect((await answer).status()).toBe(503);
  await expect(paul).toHaveURL(`${served.portal}/sign-in`);
  await expect(paul.getByText('the identity provider cannot be reached just now, so nobody new can sign in')).toBeVisible();
  await olga.reload();
  await expect(olga.getByRole('heading', { name: 'Audit' }).first()).toBeVisible();
});
