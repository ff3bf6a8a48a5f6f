// Every page opens for whoever may see it, and says so to whoever may not.

import { expect, isAlive, test, type Name } from './support/journey.ts';

const PAGES = ['/', '/waiting', '/policies', '/policies/aegis.provisioning.s3', '/changesets', '/versions', '/releases', '/releases/history', '/exceptions', '/fleet'];
const READS_AUDIT: Name[] = ['Adam Approver', 'Iris Auditor', 'Otto Operator', 'Ada Admin'];
const READS_DECISIONS: Name[] = ['Arthur Author', 'Adam Approver', 'Iris Auditor', 'Otto Operator'];
const OTHERS: Name[] = ['Rita Requester', 'Arthur Author'];

for (const name of [...READS_AUDIT, ...OTHERS]) {
  test(`${name} opens every page, one after the other`, async ({ signIn }) => {
    // What a page may not show is answered with 403, which the console tells.
    const page = await signIn(name, { mayComplain: /status of 403/ });
    for (const path of PAGES) {
      const answer = await page.goto(path);
      expect(answer!.status(), path).toBe(200);
      await isAlive(page);
      await expect(page.getByRole('heading', { level: 1 }), path).toHaveCount(1);
      await expect(page.getByText('You may not see this'), path).toHaveCount(0);
    }
    for (const [path, readers] of [['/audit', READS_AUDIT], ['/decisions', READS_DECISIONS]] as const) {
      const answer = await page.goto(path);
      const reads = readers.includes(name);
      expect(answer!.status(), path).toBe(reads ? 200 : 403);
      await isAlive(page);
      await expect(page.getByText('You may not see this'), path).toHaveCount(reads ? 0 : 1);
    }
  });
}

test('links of the nav lead to their pages without loading anew', async ({ signIn }) => {
  const otto = await signIn('Otto Operator');
  await otto.evaluate(() => Object.assign(window, { sameDocument: true }));
  for (const place of ['Exceptions', 'Audit log', 'Policies', 'Imports', 'Releases', 'Fleet', 'Decisions', 'Home']) {
    const link = otto.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: place });
    await link.click();
    await expect(link).toHaveAttribute('aria-current', 'page');
    await expect(otto.getByRole('heading', { level: 1 })).toHaveCount(1);
  }
  expect(await otto.evaluate(() => 'sameDocument' in window)).toBe(true);
});

test('a stranger is led to the sign-in page, and from there to where they wanted to go', async ({ browserOf }) => {
  const page = await browserOf('a stranger');
  await page.goto('/exceptions?state=requested');
  await expect(page).toHaveURL(/\/sign-in\?to=/);
  await page.getByRole('button', { name: 'Iris Auditor' }).click();
  await expect(page).toHaveURL('/exceptions?state=requested');
  await isAlive(page);
});

test('what does not exist is told as not found', async ({ signIn }) => {
  const iris = await signIn('Iris Auditor', { mayComplain: /status of 404/ });
  for (const path of ['/exceptions/EXC-99999', '/policies/aegis.nowhere', '/changesets/0']) {
    const answer = await iris.goto(path);
    expect(answer!.status(), path).toBe(404);
    await isAlive(iris);
    await expect(iris.getByText('Not found').first(), path).toBeVisible();
  }
  expect((await iris.request.get('/no-such-page')).status()).toBe(404);
});
