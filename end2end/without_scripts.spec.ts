// The same work in a browser that runs no scripts.

import { fresh, issueOwnToken, RULE } from './support/deeds.ts';
import { expect, test } from './support/journey.ts';
import { exemptedBy, untilDenied, untilExempted } from './support/opa.ts';

test('an exception is asked for, approved and revoked with JavaScript off', async ({ demo, signIn }) => {
  const bucket = fresh('plain-archive');
  const rita = await signIn('Rita Requester', { scripts: false });
  const adam = await signIn('Adam Approver', { scripts: false });

  await rita.getByRole('link', { name: 'Exceptions' }).first().click();
  await rita.getByRole('link', { name: 'Request exception' }).first().click();
  await rita.getByLabel('Rule').selectOption(RULE);
  await rita.getByLabel('Resources').fill(bucket);
  await rita.getByRole('checkbox', { name: 'production' }).check();
  await rita.getByLabel('Why, and what ends it').fill('Migrated this quarter.');
  await rita.getByLabel('Ticket').fill('SEC-77');
  await rita.getByRole('button', { name: 'Request', exact: true }).click();
  await expect(rita.getByText('Waiting for decision')).toBeVisible();
  const number = /EXC-\d+/.exec(rita.url())![0];

  await adam.getByRole('link', { name: 'Exceptions' }).first().click();
  await adam.getByRole('main').getByRole('link', { name: number }).first().click();
  await adam.getByLabel('Comment').fill('Agreed.');
  await adam.getByRole('button', { name: 'Approve', exact: true }).click();
  await expect(adam).toHaveURL(`/exceptions/${number}`);
  await expect(adam.getByText('approved it until')).toBeVisible();
  await untilExempted(bucket, demo.production);
  expect(await exemptedBy(bucket, demo.production)).toEqual([number]);

  await adam.getByRole('link', { name: 'Revoke' }).click();
  const dialog = adam.getByRole('dialog');
  await dialog.getByLabel('Reason').fill('Encrypted today.');
  await dialog.getByRole('button', { name: 'Revoke' }).click();
  await expect(adam.getByText('revoked it')).toBeVisible();
  await untilDenied(bucket, demo.production);
});

test('a token is issued and revoked with JavaScript off', async ({ signIn }) => {
  const name = fresh('plain-token');
  const rita = await signIn('Rita Requester', { scripts: false });
  await rita.getByRole('button', { name: 'Rita Requester' }).click();
  await rita.getByRole('link', { name: 'Your tokens' }).click();
  expect(await issueOwnToken(rita, name, 'exception:request')).toMatch(/^aegis_token_/);
  await rita.getByRole('button', { name: `Revoke ${name}` }).click();
  await expect(rita.getByRole('row', { name })).toContainText('Revoked');
});

test('what a rule refuses is told on the page with JavaScript off', async ({ demo, signIn }) => {
  const rita = await signIn('Rita Requester', { scripts: false, mayComplain: /status of 409/ });
  await rita.goto('/exceptions/new');
  await rita.getByLabel('Rule').selectOption(RULE);
  await rita.getByLabel('Resources').fill('archive-*');
  await rita.getByRole('checkbox', { name: 'production' }).check();
  await rita.getByLabel('Why, and what ends it').fill('All of them.');
  await rita.getByLabel('Ticket').fill('SEC-78');
  await rita.getByRole('button', { name: 'Request', exact: true }).click();
  await expect(rita.getByText('Not done:')).toBeVisible();
  await expect(rita.getByRole('alert')).toContainText('pattern');
  expect(await exemptedBy('archive-1', demo.production)).toEqual([]);
});
