// The way back, in the browser.

import { askForProduction, confirm, fresh, importVersion, promote } from './support/deeds.ts';
import { withMessage } from './support/folder.ts';
import { expect, open, test } from './support/journey.ts';
import { askAbout, denies } from './support/opa.ts';
import { until } from './support/until.ts';

test('an operator rolls production back, with the name of the environment typed', async ({ demo, signIn }) => {
  const message = `must be encrypted (${fresh('mistake')})`;
  const says = async () => (await denies('ledger', demo.production))[0]?.endsWith(message);
  const before = (await askAbout('ledger', demo.production)).revisions['aegis-provisioning']!;
  const [arthur, adam, otto] = [await signIn('Arthur Author'), await signIn('Adam Approver'), await signIn('Otto Operator')];
  const mistake = await importVersion(arthur, withMessage(message), 'A mistake');
  await promote(arthur, 'development');
  await promote(arthur, 'staging');
  await askForProduction(arthur, 'It looked right.');
  await open(adam, new URL(arthur.url()).pathname);
  await confirm(adam, 'production');
  await until('production answers from the mistake', says);

  await open(otto, '/releases');
  const inForce = otto.getByRole('table', { name: 'In force in production' });
  await inForce.getByRole('row', { name: 'aegis-provisioning' }).getByRole('link', { name: 'Roll back' }).click();
  const dialog = otto.getByRole('dialog');
  await dialog.getByLabel('Version to put in force again').selectOption(before);
  await dialog.getByLabel('Reason').fill('Pipelines read the old words.');
  // Another name moves nothing: the field takes the environment's own only.
  await dialog.getByLabel('Name of the environment').fill('staging');
  await dialog.getByRole('button', { name: 'Roll back' }).click();
  await expect(dialog).toBeVisible();
  expect(await says()).toBe(true);
  await dialog.getByLabel('Name of the environment').fill('production');
  await dialog.getByRole('button', { name: 'Roll back' }).click();
  await until('production answers from before', async () => !(await says()));
  expect((await askAbout('ledger', demo.production)).revisions['aegis-provisioning']).toBe(before);
  await expect(inForce.getByRole('row', { name: 'aegis-provisioning' })).toContainText(before);
  await expect(otto.getByRole('dialog')).toHaveCount(0);

  // The question was answered: the way back does not ask it again.
  await expect(otto).toHaveURL('/releases');
  await otto.goBack();
  await expect(otto).not.toHaveURL(/ask=/);
  await expect(otto.getByRole('dialog')).toHaveCount(0);

  // What was taken back is not offered as if nobody had thought of it.
  await open(otto, '/releases');
  const way = otto.getByRole('region', { name: 'aegis-provisioning on its way' });
  await expect(way).toContainText('Otto Operator rolled it back in production: “Pipelines read the old words.”');
  await expect(way).not.toContainText(/could come next|Nobody has asked/);
  await open(arthur, '/');
  const mine = arthur.getByRole('main').getByRole('listitem').filter({ hasText: mistake }).first();
  await expect(mine).toContainText('Rolled back in production');
});
