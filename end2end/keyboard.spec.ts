// The main job without a mouse. After each act the focus is still somewhere on the page.

import { fresh, requestException } from './support/deeds.ts';
import { withMessage } from './support/folder.ts';
import { keepsFocus, Keys, leadsPastNav } from './support/hand.ts';
import { expect, isAlive, nav, open, test } from './support/journey.ts';
import { denies, untilDenied, untilExempted } from './support/opa.ts';
import { until } from './support/until.ts';

test('the first stop of every page leads past the nav', async ({ signIn }) => {
  const iris = await signIn('Iris Auditor');
  for (const path of ['/', '/exceptions', '/audit']) {
    await open(iris, path);
    await leadsPastNav(iris);
  }
});

test('an exception is requested, approved and revoked by the keyboard alone', async ({ demo, signIn }) => {
  const bucket = fresh('keys');
  const [rita, adam] = [new Keys(await signIn('Rita Requester')), new Keys(await signIn('Adam Approver'))];
  const asks = rita.page;
  await rita.press(nav(asks, 'Exceptions'));
  await rita.press(asks.getByRole('link', { name: 'Request exception' }).first());
  await rita.choose(asks.getByLabel('Rule'), 'deny_no_encryption of aegis.provisioning.s3');
  await rita.type(asks.getByLabel('Resources'), bucket);
  await rita.check(asks.getByRole('checkbox', { name: 'production' }));
  await rita.type(asks.getByLabel('Why, and what ends it'), 'The archive is migrated this quarter.');
  await rita.type(asks.getByLabel('Ticket'), 'SEC-1234');
  await rita.press(asks.getByRole('button', { name: 'Request', exact: true }));
  await expect(asks).toHaveURL(/\/exceptions\/EXC-\d+$/);
  await keepsFocus(asks);
  const number = /EXC-\d+/.exec(asks.url())![0];

  const decides = adam.page;
  await adam.press(nav(decides, 'Exceptions'));
  await adam.press(decides.getByRole('main').getByRole('link', { name: number }).first());
  await expect(decides).toHaveURL(`/exceptions/${number}`);
  await adam.type(decides.getByLabel('Comment'), 'By the keyboard.');
  await adam.press(decides.getByRole('button', { name: 'Approve', exact: true }));
  await untilExempted(bucket, demo.production);
  await expect(decides.getByText(/^In force in (\d+) of \1 OPAs$/)).toBeVisible();
  await keepsFocus(decides);

  const revoke = decides.getByRole('link', { name: 'Revoke' });
  await adam.press(revoke);
  const dialog = decides.getByRole('dialog');
  await expect(dialog).toBeVisible();
  await expect(dialog.locator(':focus')).toHaveCount(1);
  // The question holds the focus, and Escape takes it back to where it was asked.
  await decides.keyboard.press('Escape');
  await expect(dialog).toHaveCount(0);
  await expect(revoke).toBeFocused();
  await decides.keyboard.press('Enter');
  await adam.type(dialog.getByLabel('Reason'), 'Done with.');
  await adam.press(dialog.getByRole('button', { name: 'Revoke' }));
  await untilDenied(bucket, demo.production);
  await expect(dialog).toHaveCount(0);
  await keepsFocus(decides);
});

test('an exception is denied by the keyboard alone', async ({ demo, signIn }) => {
  const bucket = fresh('no');
  const rita = await signIn('Rita Requester');
  const number = await requestException(rita, bucket);
  const adam = new Keys(await signIn('Adam Approver'));
  await open(adam.page, `/exceptions/${number}`);
  await adam.press(adam.page.getByRole('link', { name: 'Deny', exact: true }));
  const dialog = adam.page.getByRole('dialog');
  await adam.type(dialog.getByLabel('Reason'), 'The gateway offers this.');
  await adam.press(dialog.getByRole('button', { name: 'Deny' }));
  await expect(adam.page.getByText('Denied', { exact: true }).first()).toBeVisible();
  await keepsFocus(adam.page);
  await untilDenied(bucket, demo.production);
});

test('a policy reaches production and comes back by the keyboard alone', async ({ demo, signIn }) => {
  const message = `must be encrypted (${fresh('keys')})`;
  const says = async () => (await denies('ledger', demo.production))[0]?.endsWith(message);
  const [arthur, adam] = [new Keys(await signIn('Arthur Author')), new Keys(await signIn('Adam Approver'))];
  const { page } = arthur;
  await arthur.press(nav(page, 'Imports'));
  await arthur.press(page.getByRole('link', { name: 'Import a folder' }));
  const chooser = page.waitForEvent('filechooser');
  await arthur.press(page.getByLabel('One archive'));
  await (await chooser).setFiles({ name: 'policies.tar.gz', mimeType: 'application/gzip', buffer: withMessage(message) });
  await arthur.type(page.getByLabel('What changes'), 'By the keyboard');
  await arthur.press(page.getByRole('button', { name: 'Import and check' }));
  await expect(page).toHaveURL(/\/changesets\/[0-9a-f-]{36}$/, { timeout: 60_000 });
  await isAlive(page);
  await arthur.press(page.getByRole('listitem').filter({ hasText: 'aegis-provisioning' }).getByRole('link').first());
  await expect(page.getByRole('heading', { level: 1, name: 'aegis-provisioning' })).toBeVisible();
  const dialog = page.getByRole('dialog');
  for (const environment of ['development', 'staging']) {
    const there = page.getByRole('main').getByRole('listitem').filter({ hasText: environment }).filter({ hasText: /OPA|nothing yet/ });
    await arthur.press(there.getByRole('link', { name: 'Promote' }));
    await arthur.press(dialog.getByRole('button', { name: 'Promote' }));
    await expect(there.getByText('this version')).toBeVisible();
    await keepsFocus(page);
  }
  await arthur.press(page.getByRole('link', { name: 'Ask for promotion' }));
  await arthur.type(dialog.getByLabel('Reason'), 'It reads better.');
  await arthur.press(dialog.getByRole('button', { name: 'Ask for promotion' }));
  await expect(page).toHaveURL(/\/promotions\//);
  await keepsFocus(page);

  await open(adam.page, new URL(page.url()).pathname);
  await adam.type(adam.page.getByLabel('Name of the environment'), 'production');
  await adam.press(adam.page.getByRole('button', { name: 'Confirm' }));
  await until('production answers from the new version', says);
  await expect(adam.page.getByText('Confirmed', { exact: true })).toBeVisible();
  await keepsFocus(adam.page);

  const otto = new Keys(await signIn('Otto Operator'));
  await otto.press(nav(otto.page, 'Releases'));
  const inForce = otto.page.getByRole('table', { name: 'In force in production' });
  await otto.press(inForce.getByRole('row', { name: 'aegis-provisioning' }).getByRole('link', { name: 'Roll back' }));
  const question = otto.page.getByRole('dialog');
  await otto.type(question.getByLabel('Reason'), 'Only tried.');
  await otto.type(question.getByLabel('Name of the environment'), 'production');
  await otto.press(question.getByRole('button', { name: 'Roll back' }));
  await until('production answers from before', async () => !(await says()));
  await expect(question).toHaveCount(0);
  await keepsFocus(otto.page);

  await otto.press(nav(otto.page, 'Fleet'));
  await otto.press(otto.page.getByRole('button', { name: 'Trigger reload' }).first());
  await expect(otto.page.getByText('were told to load anew')).toBeVisible();
  await keepsFocus(otto.page);
});

test('a request is withdrawn by the keyboard alone', async ({ signIn }) => {
  const rita = new Keys(await signIn('Rita Requester'));
  const { page } = rita;
  const number = await requestException(page, fresh('back'));
  await open(page, `/exceptions/${number}`);
  await rita.press(page.getByRole('link', { name: 'Withdraw my request' }));
  await rita.press(page.getByRole('dialog').getByRole('button', { name: 'Withdraw', exact: true }));
  await expect(page.getByText('Withdrawn', { exact: true })).toBeVisible();
  await expect(page.getByRole('dialog')).toHaveCount(0);
  await keepsFocus(page);
});

test('exceptions are picked and revoked together by the keyboard alone', async ({ demo, signIn }) => {
  const name = fresh('bulk-keys');
  const [rita, adam] = [await signIn('Rita Requester'), new Keys(await signIn('Adam Approver'))];
  const { page } = adam;
  const numbers = [await requestException(rita, `${name}-1`), await requestException(rita, `${name}-2`)];
  for (const number of numbers) {
    await open(page, `/exceptions/${number}`);
    await adam.press(page.getByRole('button', { name: 'Approve', exact: true }));
    await expect(page.getByText('approved it until')).toBeVisible();
  }
  await untilExempted(`${name}-2`, demo.production);
  await open(page, '/exceptions');
  await adam.type(page.getByRole('searchbox'), name);
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL(new RegExp(`text=${name}`));
  await isAlive(page);
  for (const number of numbers) await adam.check(page.getByLabel(`Pick ${number}`));
  await adam.press(page.getByRole('button', { name: 'Revoke' }));
  await expect(page.getByRole('heading', { level: 1, name: 'Revoke 2 exceptions' })).toBeVisible();
  await isAlive(page);
  await adam.type(page.getByLabel('Reason'), 'Encrypted today.');
  await adam.type(page.getByLabel('How many end'), '2');
  await adam.press(page.getByRole('button', { name: 'Revoke 2' }));
  await expect(page.getByText('2 of 2 revoked.')).toBeVisible();
  await keepsFocus(page);
  await untilDenied(`${name}-2`, demo.production);
});

test('a view is kept and removed, and a list taken away, by the keyboard alone', async ({ signIn }) => {
  const name = fresh('view-keys');
  const otto = new Keys(await signIn('Otto Operator'));
  const { page } = otto;
  await open(page, '/exceptions?severity=high&sort=ends');
  await otto.press(page.locator('summary').filter({ hasText: 'Save view' }));
  await otto.type(page.getByLabel('Name of the view'), name);
  await otto.press(page.getByRole('button', { name: 'Save', exact: true }));
  const view = page.getByRole('navigation', { name: 'Views' }).getByRole('link', { name });
  await expect(view).toHaveAttribute('aria-current', 'page');
  await keepsFocus(page);
  const coming = page.waitForEvent('download');
  await otto.press(page.getByRole('button', { name: 'Export CSV' }));
  expect((await coming).suggestedFilename()).toMatch(/^exceptions-.*\.csv$/);
  await keepsFocus(page);
  await otto.press(page.getByRole('button', { name: `Remove view ${name}` }));
  await expect(view).toHaveCount(0);
  await keepsFocus(page);
});
