// A quarter of the audit, taken away as a pack and held against the log's public key, without the portal.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { within } from './support/clicks.ts';
import { ends, verify } from './support/command.ts';
import { expect, nav, test } from './support/journey.ts';

/** Days of a quarter, at least. */
const QUARTER = 90;

test('an auditor takes the pack of a quarter away within 4, and it is verified with the public key alone', async ({ signIn }) => {
  const folder = mkdtempSync(join(tmpdir(), 'aegis-evidence-'));
  const day = (back: number) => new Date(Date.now() - back * 86_400_000).toISOString().slice(0, 10);
  try {
    await within(4, 'Iris Auditor', signIn, async (hand) => {
      const { page } = hand;
      const { key } = (await (await page.request.get('/api/v1/audit/key')).json()) as { key: string };
      await hand.press(nav(page, 'Audit log'));
      await hand.press(page.getByRole('main').getByRole('link', { name: 'Evidence pack' }));
      await hand.day(page.getByLabel('From'), day(QUARTER));
      await hand.day(page.getByLabel('To, with that day'), day(0));
      const coming = page.waitForEvent('download');
      await hand.press(page.getByRole('button', { name: 'Make the pack' }));
      const pack = await coming;
      expect(pack.suggestedFilename()).toBe(`evidence-${day(QUARTER)}-${day(0)}.zip`);
      const file = join(folder, pack.suggestedFilename());
      await pack.saveAs(file);
      ends(verify(file, key), 0, new RegExp(`^the pack of ${day(QUARTER)} to ${day(0)}, made by Iris Auditor at .*, holds: all \\d+ files`));
    });
    const iris = await signIn('Iris Auditor');
    await iris.goto('/audit?kind=evidence_packed&by=Iris');
    await expect(iris.getByRole('main').getByRole('row').filter({ hasText: 'took away a pack of evidence' })).toHaveCount(2);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
