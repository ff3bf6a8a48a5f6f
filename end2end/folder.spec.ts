// A folder with a fault is refused as a whole, and the page says where the fault is.

import { upload } from './support/deeds.ts';
import { withSyntaxError } from './support/folder.ts';
import { expect, open, test } from './support/journey.ts';
import { askAbout } from './support/opa.ts';

test('a folder that does not parse shows file, line and reason, and changes nothing', async ({ demo, signIn }) => {
  const arthur = await signIn('Arthur Author');
  const versions = async () => {
    await open(arthur, '/versions');
    return arthur.getByRole('table', { name: 'Versions' }).getByRole('row').allInnerTexts();
  };
  const names = (rows: string[]) => rows.map((row) => /v\d+\.\d+\.\d+/.exec(row)?.[0]);
  const [before, answered] = [names(await versions()), await askAbout('ledger', demo.production)];

  const { archive, file, line } = withSyntaxError();
  await upload(arthur, archive, 'Half a rule');
  await expect(arthur.getByText('Refused as a whole:')).toBeVisible();
  // Others were not run for it, and say so by its name.
  const check = arthur.getByRole('listitem').filter({ has: arthur.locator('.title', { hasText: 'Every module parses' }) });
  await expect(check.getByText('Failed')).toBeVisible();
  await expect(check).toContainText(`${file}:${line}`);
  await expect(check.locator('.reason').first()).not.toBeEmpty();
  await expect(arthur.getByText('No version.')).toBeVisible();

  expect(names(await versions())).toEqual(before);
  expect((await askAbout('ledger', demo.production)).revisions).toEqual(answered.revisions);
});

test('an import of nothing says what to choose', async ({ signIn }) => {
  const arthur = await signIn('Arthur Author');
  await open(arthur, '/changesets/new');
  await arthur.getByRole('button', { name: 'Import and check' }).click();
  await expect(arthur.getByText(/choose an archive, or the folder itself/).first()).toBeVisible();
});
