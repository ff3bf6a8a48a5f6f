// An author's change reaches production, with a second person's consent.

import { askForProduction, confirm, fresh, importVersion, promote } from './support/deeds.ts';
import { withMessage } from './support/folder.ts';
import { expect, open, test } from './support/journey.ts';
import { denies } from './support/opa.ts';
import { until } from './support/until.ts';

test('an author imports a changed policy, a second person confirms it, and production answers anew', async ({ demo, signIn }) => {
  const [bucket, message] = ['ledger', `must be encrypted (${fresh('rule')})`];
  const says = async (opa: string) => (await denies(bucket, opa))[0]?.endsWith(message);
  const [arthur, audrey] = [await signIn('Arthur Author'), await signIn('Audrey Author')];

  const version = await importVersion(arthur, withMessage(message), 'Say it more plainly');
  await expect(arthur.getByRole('heading', { name: 'Checks' })).toBeVisible();
  await arthur.getByText('16 of 16 checks passed').click();
  await expect(arthur.getByText('opa check --strict')).toBeVisible();
  await expect(arthur.getByRole('region', { name: `aegis-provisioning ${version}` })).toContainText(message);

  await promote(arthur, 'development');
  await promote(arthur, 'staging');
  await until('staging answers from the new version', () => says(demo.staging));
  expect(await says(demo.production)).toBe(false);

  await askForProduction(arthur, 'It reads better in a pipeline.');
  await expect(arthur.getByText('Waiting to be confirmed')).toBeVisible();
  expect(await says(demo.production), 'asking changes nothing').toBe(false);

  await open(audrey, '/releases');
  const waiting = audrey.getByRole('listitem').filter({ hasText: `aegis-provisioning ${version} to production` });
  await waiting.getByRole('link', { name: 'Review' }).click();
  await confirm(audrey, 'production');
  await until('production answers from the new version', () => says(demo.production));
  await expect(audrey.getByText('1 of 1 OPAs')).toBeVisible();
});
