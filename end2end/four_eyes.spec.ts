// Nobody approves their own request: the page does not offer it, and a request made by hand does not get it.

import type { Page } from '@playwright/test';

import { askForProduction, fresh, importVersion, promote, requestException, withdraw } from './support/deeds.ts';
import { withMessage } from './support/folder.ts';
import { expect, open, test } from './support/journey.ts';
import { denies, untilDenied } from './support/opa.ts';

/** Sends what a button would send, from the page that is open and with its session; returns the status and the text. */
function send(page: Page, path: string, type: string, body: string): Promise<{ status: number; text: string }> {
  return page.evaluate(
    async ([path, type, body]) => {
      const answer = await fetch(path!, { method: 'POST', headers: { 'content-type': type! }, body: body! });
      return { status: answer.status, text: await answer.text() };
    },
    [path, type, body],
  );
}

const sendForm = (page: Page, path: string, fields: Record<string, string>) =>
  send(page, path, 'application/x-www-form-urlencoded', new URLSearchParams(fields).toString());

const sendJson = (page: Page, path: string, fields: Record<string, string | number>) =>
  send(page, path, 'application/json', JSON.stringify(fields));

/** The console tells of every answer that is a refusal. */
const REFUSED = /Failed to load resource: the server responded with a status of 4\d\d/;

test('nobody confirms their own promotion, by the button or by hand', async ({ demo, signIn }) => {
  const message = `must be encrypted (${fresh('rule')})`;
  const arthur = await signIn('Arthur Author', { mayComplain: REFUSED });
  await importVersion(arthur, withMessage(message), 'For four eyes');
  await promote(arthur, 'development');
  await promote(arthur, 'staging');
  await askForProduction(arthur, 'Please.');
  const id = arthur.url().split('/').at(-1)!;

  const button = arthur.getByRole('button', { name: 'Confirm' });
  await expect(button).toHaveAttribute('aria-disabled', 'true');
  await expect(button).toHaveAccessibleDescription(/somebody else must confirm/);
  await expect(arthur.getByLabel('Name of the environment'), 'nothing to fill in for nothing').toHaveCount(0);
  await button.click({ force: true });
  await expect(arthur.getByText('Waiting to be confirmed')).toBeVisible();

  const seen = await arthur.locator('form').filter({ has: button }).locator('input[name=seen]').inputValue();
  const byFunction = await sendForm(arthur, '/api/promotion/confirm', { id, seen, typed: 'production' });
  expect(byFunction.status).toBeGreaterThanOrEqual(400);
  expect(byFunction.text).toContain('OwnRequest');
  const byApi = await sendJson(arthur, `/api/v1/promotions/${id}/confirm`, { seen: Number(seen) });
  expect(byApi.status).toBeGreaterThanOrEqual(400);
  expect(byApi.text).toMatch(/somebody else must confirm/);
  await arthur.reload();
  await expect(arthur.getByText('Waiting to be confirmed')).toBeVisible();
  expect((await denies('ledger', demo.production))[0]).not.toContain(message);

  // The way back is theirs.
  await withdraw(arthur);
});

test('a requester approves nothing, by the button or by hand', async ({ demo, signIn }) => {
  const bucket = fresh('mine');
  const rita = await signIn('Rita Requester', { mayComplain: REFUSED });
  const number = await requestException(rita, bucket);

  const button = rita.getByRole('button', { name: 'Approve', exact: true });
  await expect(button).toHaveAttribute('aria-disabled', 'true');
  await expect(button).toHaveAccessibleDescription(/needs the role approver/);

  const form = rita.locator('form').filter({ has: button });
  const seen = await form.locator('input[name=seen]').inputValue();
  for (const label of ['Ends (UTC)', 'Comment']) await expect(rita.getByLabel(label), label).toHaveCount(0);
  const until = new Date(Date.now() + 7 * 86_400_000).toISOString().slice(0, 19);
  const byFunction = await sendForm(rita, '/api/exception/approve', { number, seen, 'end[at]': until, comment: '' });
  expect(byFunction.status).toBe(403);
  const byApi = await sendJson(rita, `/api/v1/exceptions/${number}/approve`, { seen, until: `${until}Z`, comment: '' });
  expect(byApi.status).toBe(403);
  await open(rita, `/exceptions/${number}`);
  await expect(rita.getByText('Waiting for decision')).toBeVisible();
  await untilDenied(bucket, demo.production);
});

test('another site cannot approve with the session of somebody who may', async ({ demo, signIn }) => {
  const bucket = fresh('forged');
  const [rita, adam] = [await signIn('Rita Requester'), await signIn('Adam Approver')];
  const number = await requestException(rita, bucket);
  await open(adam, `/exceptions/${number}`);
  const form = adam.locator('form').filter({ has: adam.getByRole('button', { name: 'Approve', exact: true }) });
  const seen = await form.locator('input[name=seen]').inputValue();
  const until = await form.getByLabel('Ends (UTC)').inputValue();
  const forged = await adam.request.post('/api/exception/approve', {
    form: { number, seen, 'end[at]': until, comment: '' },
    headers: { origin: 'https://elsewhere.example', 'sec-fetch-site': 'cross-site' },
  });
  expect(forged.status()).toBe(403);
  await open(adam, `/exceptions/${number}`);
  await expect(adam.getByText('Waiting for decision')).toBeVisible();
  await untilDenied(bucket, demo.production);
});

test('withdrawing asks first, and the way back does not ask again', async ({ signIn }) => {
  const rita = await signIn('Rita Requester');
  const number = await requestException(rita, fresh('withdrawn'));
  await open(rita, `/exceptions/${number}`);
  await rita.getByRole('link', { name: 'Withdraw my request' }).click();
  await rita.getByRole('dialog').getByRole('link', { name: 'Cancel' }).click();
  await expect(rita.getByText('Waiting for decision').first()).toBeVisible();
  await withdraw(rita);
  await expect(rita).toHaveURL(`/exceptions/${number}`);
  await expect(rita.getByRole('dialog')).toHaveCount(0);

  // Without scripts as well.
  const plain = await signIn('Rita Requester', { scripts: false });
  const another = await requestException(rita, fresh('withdrawn'));
  await plain.goto(`/exceptions/${another}`);
  await withdraw(plain);
  await expect(plain).toHaveURL(`/exceptions/${another}`);
});
