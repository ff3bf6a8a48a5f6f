// A second person declines a promotion: production stays as it is, and whoever asked reads why.

import type { Page } from '@playwright/test';

import { keepsFocus, Keys, Mouse, type Hand } from './support/hand.ts';
import { card, expect, isAlive, open, test } from './support/journey.ts';
import { denies } from './support/opa.ts';
import { ask, pushVersion, release } from './support/released.ts';

/** Declines the promotion whose page is open; without a reason nothing happens. */
async function decline(hand: Hand, reason: string): Promise<void> {
  const { page } = hand;
  await hand.press(page.getByRole('link', { name: 'Decline', exact: true }));
  const dialog = page.getByRole('dialog', { name: 'Decline this promotion?' });
  await expect(dialog).toContainText('production stays as it is.');
  await hand.press(dialog.getByRole('button', { name: 'Decline' }));
  await expect(dialog, 'the browser asks for a reason').toBeVisible();
  await hand.type(dialog.getByLabel('Reason'), reason);
  await hand.press(dialog.getByRole('button', { name: 'Decline' }));
  await isDeclined(page, reason);
  await expect(dialog).toHaveCount(0);
}

/** Fails unless the page says who declined it and why, and offers nothing more to decide. */
async function isDeclined(page: Page, reason: string): Promise<void> {
  const main = page.getByRole('main');
  await expect(main.getByText('Declined', { exact: true })).toBeVisible();
  await expect(main).toContainText('Audrey Author declined it');
  await expect(main).toContainText(reason);
  for (const name of ['Confirm', 'Decline']) await expect(main.getByRole('button', { name })).toHaveCount(0);
}

test('a promotion is declined by mouse, by the keyboard alone and with JavaScript off', async ({ demo, signIn }) => {
  const { version, message } = await pushVersion(demo);
  for (const environment of ['development', 'staging']) await release(demo, version, environment);
  const before = await denies('ledger', demo.production);
  const arthur = await signIn('Arthur Author');
  for (const [how, With, scripts] of [['by mouse', Mouse, true], ['by keyboard', Keys, true], ['without scripts', Mouse, false]] as const) {
    await test.step(how, async () => {
      await open(arthur, '/policies');
      const id = await ask(demo, version);
      const audrey = await signIn('Audrey Author', { scripts });
      await audrey.goto(`/promotions/${id}`);
      if (scripts) await isAlive(audrey);
      const reason = `The old words are read by pipelines, ${how}.`;
      await decline(new With(audrey), reason);
      await expect(audrey).toHaveURL(`/promotions/${id}`);
      if (scripts) await keepsFocus(audrey);
      // Whoever asked is told wherever they are, and reads why.
      const told = arthur.getByRole('region', { name: 'Notices' }).getByRole('link', { name: `${version} to production was declined` });
      await told.and(arthur.locator(`[href="/promotions/${id}"]`)).click();
      await expect(arthur).toHaveURL(`/promotions/${id}`);
      await isDeclined(arthur, reason);
    });
  }
  // And whoever comes later finds it where their versions are.
  await open(arthur, '/');
  const line = card(arthur, 'Your versions').getByRole('listitem').filter({ has: arthur.getByRole('link', { name: version, exact: true }) });
  await expect(line).toContainText('Declined for production');
  await expect(line).toContainText('Audrey Author declined it');
  expect(before[0]).not.toContain(message);
  expect(await denies('ledger', demo.production), 'production').toEqual(before);
});
