// The same work in a browser that runs no scripts.

import { readFileSync } from 'node:fs';

import { askForProduction, confirm, fresh, issueOwnToken, promote, requestException, RULE } from './support/deeds.ts';
import { expect, test } from './support/journey.ts';
import { askAbout, denies, exemptedBy, untilDenied, untilExempted } from './support/opa.ts';
import { pushVersion } from './support/released.ts';
import { until } from './support/until.ts';

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

test('an exception is denied with JavaScript off', async ({ demo, signIn }) => {
  const bucket = fresh('plain-no');
  const [rita, adam] = [await signIn('Rita Requester', { scripts: false }), await signIn('Adam Approver', { scripts: false })];
  const number = await requestException(rita, bucket);
  await adam.goto(`/exceptions/${number}`);
  await adam.getByRole('link', { name: 'Deny', exact: true }).click();
  const dialog = adam.getByRole('dialog');
  await dialog.getByLabel('Reason').fill('The gateway offers this.');
  await dialog.getByRole('button', { name: 'Deny' }).click();
  await expect(adam).toHaveURL(`/exceptions/${number}`);
  await expect(adam.getByText('Denied', { exact: true }).first()).toBeVisible();
  await rita.reload();
  await expect(rita.getByText('The gateway offers this.')).toBeVisible();
  await untilDenied(bucket, demo.production);
});

test('a version reaches production with a second person and comes back with JavaScript off', async ({ demo, signIn }) => {
  const before = (await askAbout('ledger', demo.production)).revisions['aegis-provisioning']!;
  const { version, message } = await pushVersion(demo);
  const says = async (opa: string) => (await denies('ledger', opa))[0]?.endsWith(message);
  const arthur = await signIn('Arthur Author', { scripts: false });
  await arthur.goto(`/versions/aegis-provisioning/${version}`);
  for (const environment of ['development', 'staging']) await promote(arthur, environment);
  await until('staging answers from the new version', () => says(demo.staging));
  await askForProduction(arthur, 'It reads better.');
  await expect(arthur.getByText('Waiting to be confirmed')).toBeVisible();

  const audrey = await signIn('Audrey Author', { scripts: false });
  await audrey.getByRole('link', { name: 'Releases' }).first().click();
  const waiting = audrey.getByRole('listitem').filter({ hasText: `aegis-provisioning ${version} to production` });
  await waiting.getByRole('link', { name: 'Review' }).click();
  await confirm(audrey, 'production');
  await until('production answers from the new version', () => says(demo.production));

  const otto = await signIn('Otto Operator', { scripts: false });
  await otto.getByRole('link', { name: 'Releases' }).first().click();
  const row = otto.getByRole('table', { name: 'In force in production' }).getByRole('row', { name: 'aegis-provisioning' });
  await row.getByRole('link', { name: 'Roll back' }).click();
  const dialog = otto.getByRole('dialog');
  await dialog.getByLabel('Version to put in force again').selectOption(before);
  await dialog.getByLabel('Reason').fill('Pipelines read the old words.');
  await dialog.getByLabel('Name of the environment').fill('production');
  await dialog.getByRole('button', { name: 'Roll back' }).click();
  await expect(row).toContainText(before);
  await expect(otto.getByRole('dialog')).toHaveCount(0);
  await until('production answers from before', async () => !(await says(demo.production)));
});

test('a view is kept, used and removed, and a list taken away, with JavaScript off', async ({ signIn }) => {
  const name = fresh('plain-view');
  const rita = await signIn('Rita Requester', { scripts: false });
  const number = await requestException(rita, name);
  const otto = await signIn('Otto Operator', { scripts: false });
  await otto.goto(`/exceptions?text=${name}`);
  await otto.getByText('Save view').click();
  await otto.getByLabel('Name of the view').fill(name);
  await otto.getByRole('button', { name: 'Save', exact: true }).click();
  const view = otto.getByRole('navigation', { name: 'Views' }).getByRole('link', { name });
  await expect(view).toHaveAttribute('aria-current', 'page');
  await otto.goto('/exceptions');
  await view.click();
  await expect(otto).toHaveURL(`/exceptions?text=${name}`);

  const coming = otto.waitForEvent('download');
  await otto.getByRole('button', { name: 'Export CSV' }).click();
  const lines = readFileSync(await (await coming).path(), 'utf8').trim().split('\r\n');
  expect(lines).toHaveLength(2);
  expect(lines[1]).toContain(`${number},requested,`);

  await otto.getByRole('button', { name: `Remove view ${name}` }).click();
  await expect(view).toHaveCount(0);
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
