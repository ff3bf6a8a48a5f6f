// The approver's work without a mouse.

import type { Locator, Page } from '@playwright/test';

import { fresh, requestException } from './support/deeds.ts';
import { expect, open, test } from './support/journey.ts';
import { untilDenied, untilExempted } from './support/opa.ts';

/** Presses Tab until the thing has the focus. */
async function tabTo(page: Page, thing: Locator): Promise<void> {
  const focused = () => thing.evaluate((element) => element === document.activeElement);
  for (let presses = 0; presses < 100; presses += 1) {
    if (await focused()) return;
    await page.keyboard.press('Tab');
  }
  throw new Error(`Tab does not lead to ${thing}`);
}

test('an exception is approved and revoked by the keyboard alone', async ({ demo, signIn }) => {
  const bucket = fresh('keys');
  const [rita, adam] = [await signIn('Rita Requester'), await signIn('Adam Approver')];
  const number = await requestException(rita, bucket);

  await open(adam, '/exceptions');
  await adam.keyboard.press('Tab');
  await expect(adam.getByRole('link', { name: 'Skip to content' })).toBeFocused();
  await adam.keyboard.press('Enter');
  await tabTo(adam, adam.getByRole('main').getByRole('link', { name: number }).first());
  await adam.keyboard.press('Enter');
  await expect(adam).toHaveURL(`/exceptions/${number}`);

  await tabTo(adam, adam.getByLabel('Comment'));
  await adam.keyboard.type('By the keyboard.');
  await tabTo(adam, adam.getByRole('button', { name: 'Approve', exact: true }));
  await adam.keyboard.press('Enter');
  await untilExempted(bucket, demo.production);

  await tabTo(adam, adam.getByRole('link', { name: 'Revoke' }));
  await adam.keyboard.press('Enter');
  const dialog = adam.getByRole('dialog');
  await expect(dialog).toBeVisible();
  // The question holds the focus, and Escape takes it back.
  await adam.keyboard.press('Escape');
  await expect(dialog).toHaveCount(0);
  await tabTo(adam, adam.getByRole('link', { name: 'Revoke' }));
  await adam.keyboard.press('Enter');
  await tabTo(adam, dialog.getByLabel('Reason'));
  await adam.keyboard.type('Done with.');
  await tabTo(adam, dialog.getByRole('button', { name: 'Revoke' }));
  await adam.keyboard.press('Enter');
  await untilDenied(bucket, demo.production);
});
