// How many activations the tasks of each role take, from the first page to success: once by mouse, once by keyboard.

import { within } from './support/clicks.ts';
import { askForProduction, fresh, importVersion, promote, requestException, withdraw } from './support/deeds.ts';
import { withMessage } from './support/folder.ts';
import { expect, nav, open, test } from './support/journey.ts';
import { untilExempted, untilDenied } from './support/opa.ts';

test('an approver approves what waits within 3', async ({ demo, signIn }) => {
  const rita = await signIn('Rita Requester');
  await within(3, 'Adam Approver', signIn, async (hand) => {
    const bucket = fresh('clicks');
    const number = await requestException(rita, bucket);
    await hand.page.reload();
    await hand.press(hand.page.getByRole('main').getByRole('link', { name: new RegExp(`${number}\\b`) }).first());
    await expect(hand.page.getByText(bucket).first()).toBeVisible();
    await hand.press(hand.page.getByRole('button', { name: 'Approve', exact: true }));
    await expect(hand.page.getByText('approved it until')).toBeVisible();
    await untilExempted(bucket, demo.production);
  });
});

test('an author sees why a version is not in production, and who has to act, within 2', async ({ signIn }) => {
  const arthur = await signIn('Arthur Author');
  const version = await importVersion(arthur, withMessage(`must be encrypted (${fresh('why')})`), 'Why not yet');
  await promote(arthur, 'development');
  await promote(arthur, 'staging');
  await askForProduction(arthur, 'Please.');
  await within(2, 'Arthur Author', signIn, async (hand) => {
    await hand.press(hand.page.getByRole('main').getByRole('link', { name: `${version} to production` }).first());
    await expect(hand.page.getByText('Waiting to be confirmed')).toBeVisible();
    await expect(hand.page.getByText(/somebody else must confirm/).first()).toBeVisible();
  });
  await withdraw(arthur);
});

test('an author asks for a promotion to production within 4', async ({ signIn }) => {
  const arthur = await signIn('Arthur Author');
  await importVersion(arthur, withMessage(`must be encrypted (${fresh('up')})`), 'Up');
  await promote(arthur, 'development');
  await promote(arthur, 'staging');
  await within(4, 'Arthur Author', signIn, async (hand) => {
    const { page } = hand;
    await hand.press(nav(page, 'Releases'));
    const staging = page.getByRole('table', { name: 'In force in staging' });
    await hand.press(staging.getByRole('row', { name: 'aegis-provisioning' }).getByRole('link').first());
    await hand.press(page.getByRole('link', { name: 'Ask for promotion' }));
    const dialog = page.getByRole('dialog');
    await hand.type(dialog.getByLabel('Reason'), 'It reads better.');
    await hand.press(dialog.getByRole('button', { name: 'Ask for promotion' }));
    await expect(page).toHaveURL(/\/promotions\//);
    await withdraw(page);
  });
});

test('an operator rolls back within 3, beside the typed name', async ({ signIn }) => {
  await within(3, 'Otto Operator', signIn, async (hand) => {
    const { page } = hand;
    await hand.press(nav(page, 'Releases'));
    const staging = page.getByRole('table', { name: 'In force in staging' });
    await hand.press(staging.getByRole('row', { name: 'aegis-provisioning' }).getByRole('link', { name: 'Roll back' }));
    const dialog = page.getByRole('dialog');
    await hand.type(dialog.getByLabel('Reason'), 'Only tried.');
    await hand.type(dialog.getByLabel('Name of the environment'), 'staging');
    await hand.press(dialog.getByRole('button', { name: 'Roll back' }));
    await expect(dialog).toHaveCount(0);
  });
});

test('an auditor sees who approved an exception, on what, where and since when, within 3', async ({ demo, signIn }) => {
  const bucket = fresh('asked');
  const [rita, adam] = [await signIn('Rita Requester'), await signIn('Adam Approver')];
  const number = await requestException(rita, bucket);
  await open(adam, `/exceptions/${number}`);
  await adam.getByRole('button', { name: 'Approve', exact: true }).click();
  await untilExempted(bucket, demo.production);
  await within(3, 'Iris Auditor', signIn, async (hand) => {
    await hand.press(nav(hand.page, 'Exceptions'));
    await hand.press(hand.page.getByRole('main').getByRole('link', { name: number }).first());
    await expect(hand.page.getByText('Adam Approver').first()).toBeVisible();
    await expect(hand.page.getByText(/^In force in (\d+) of \1 OPAs$/)).toBeVisible();
  });
});

test('an approver revokes an exception that is found by its resource within 4', async ({ demo, signIn }) => {
  const [rita, adam] = [await signIn('Rita Requester'), await signIn('Adam Approver')];
  await within(4, 'Adam Approver', signIn, async (hand) => {
    const bucket = fresh('found');
    const number = await requestException(rita, bucket);
    await open(adam, `/exceptions/${number}`);
    await adam.getByRole('button', { name: 'Approve', exact: true }).click();
    await untilExempted(bucket, demo.production);
    await hand.page.keyboard.press('ControlOrMeta+K');
    hand.activations += 1;
    await hand.page.keyboard.type(bucket);
    await expect(hand.page.getByRole('option', { name: number })).toBeVisible();
    await hand.page.keyboard.press('Enter');
    hand.activations += 1;
    await hand.press(hand.page.getByRole('link', { name: 'Revoke' }));
    const dialog = hand.page.getByRole('dialog');
    await hand.type(dialog.getByLabel('Reason'), 'The bucket is gone.');
    await hand.press(dialog.getByRole('button', { name: 'Revoke' }));
    await untilDenied(bucket, demo.production);
  });
});

test('a requester sees how their request stands without going anywhere', async ({ signIn }) => {
  const rita = await signIn('Rita Requester');
  const number = await requestException(rita, fresh('mine'));
  await within(1, 'Rita Requester', signIn, async (hand) => {
    await hand.press(hand.page.getByRole('main').getByRole('link', { name: new RegExp(`${number}\\b`) }).first());
    await expect(hand.page.getByText('Waiting for decision')).toBeVisible();
  });
});

test('an operator sees what each OPA runs, and what has changed of late, within 2', async ({ signIn }) => {
  await within(2, 'Otto Operator', signIn, async (hand) => {
    await hand.press(nav(hand.page, 'Fleet'));
    await expect(hand.page.getByRole('row', { name: 'demo-production' })).toContainText('Converged');
    await hand.press(nav(hand.page, 'Audit log'));
    await expect(hand.page.getByRole('main').getByRole('row').nth(1)).toBeVisible();
  });
});
