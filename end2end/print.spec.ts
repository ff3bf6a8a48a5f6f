// On paper: no controls, exact times, and where links lead, in light colours whatever the screen was.

import { fresh, requestException } from './support/deeds.ts';
import { expect, open, test } from './support/journey.ts';

test('the audit log and an exception print with exact times and without controls', async ({ signIn }) => {
  const rita = await signIn('Rita Requester');
  const number = await requestException(rita, fresh('paper'));
  const iris = await signIn('Iris Auditor', { colorScheme: 'dark' });
  for (const path of ['/audit', `/exceptions/${number}`]) {
    await open(iris, path);
    await iris.emulateMedia({ media: 'print', colorScheme: 'dark' });
    for (const gone of ['nav', '.top-bar', '.filter-bar', '.button']) {
      for (const one of await iris.locator(gone).all()) await expect(one, `${gone} of ${path}`).toBeHidden();
    }
    const time = iris.getByRole('main').locator('time.when').first();
    await expect(time.locator('.tip'), path).toBeVisible();
    await expect(time.locator('.tip'), path).toHaveText(/^\d{1,2} \w{3} \d{4}, \d\d:\d\d:\d\d UTC$/);
    await expect(time.locator('.told'), 'the relative words').toBeHidden();
    expect(await iris.evaluate(() => getComputedStyle(document.documentElement).colorScheme)).toBe('light');
    await iris.emulateMedia({ media: 'screen' });
  }
  await open(iris, '/audit');
  await iris.emulateMedia({ media: 'print' });
  const link = iris.getByRole('link', { name: `requested ${number}` });
  expect(await link.evaluate((one) => getComputedStyle(one, '::after').content)).toContain(`/exceptions/${number}`);
});
