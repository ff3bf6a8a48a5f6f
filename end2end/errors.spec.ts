// What cannot be shown is a page with a reference, and whoever runs the portal finds the request by it.

import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import type { Page } from '@playwright/test';

import { Demo } from './support/demo.ts';
import { expect, isAlive, test } from './support/journey.ts';
import { until } from './support/until.ts';

const REFERENCE = /[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}/;

async function reference(page: Page): Promise<string> {
  const told = page.getByRole('main').locator('.reference code');
  await expect(told).toHaveText(REFERENCE);
  // One click marks the whole of it.
  await told.click();
  expect(await page.evaluate(() => getSelection()!.toString().trim())).toMatch(REFERENCE);
  return (await told.textContent())!;
}

test('what may not be seen, what is not there, and a wrong address are pages with a reference that the log knows', async ({ signIn }) => {
  const demo = await Demo.start();
  try {
    const log = () => readFileSync(join(demo.addresses.dataDir, '../demo.log'), 'utf8');
    const complains = /status of 40[34]/;
    const rita = await signIn('Rita Requester', { at: demo.addresses.portal, mayComplain: complains });
    const cases: [string, number, RegExp][] = [
      ['/audit', 403, /needs the role .*auditor.*An admin grants roles/],
      ['/exceptions/EXC-99999', 404, /There is no such exception/],
      ['/fleet/00000000-0000-7000-8000-000000000000', 404, /There is no such instance/],
      ['/no/such/page', 404, /There is nothing at this address/],
    ];
    for (const [path, status, says] of cases) {
      const answer = await rita.goto(path);
      expect(answer!.status(), path).toBe(status);
      if (path !== '/no/such/page') await isAlive(rita);
      await expect(rita.getByRole('main'), path).toContainText(says);
      await expect(rita.getByRole('navigation', { name: 'Main' })).toBeVisible();
      const told = await reference(rita);
      expect(answer!.headers()['x-request-id'], path).toBe(told);
      await until(`the log knows ${told}`, async () => log().includes(told));
      await rita.getByRole('main').getByRole('link', { name: 'Home' }).click();
      await expect(rita).toHaveURL('/');
    }
    // Before the portal goes, of which its stream would complain.
    await rita.context().close();
  } finally {
    await demo.stop();
    demo.forget();
  }
});

test('with the database stopped a page says so, and is right again when it is back', async ({ signIn }) => {
  const demo = await Demo.start();
  const complains = /status of 503/;
  let stopped: string[] = [];
  try {
    const iris = await signIn('Iris Auditor', { at: demo.addresses.portal, mayComplain: complains });
    const plain = await signIn('Rita Requester', { at: demo.addresses.portal, scripts: false, mayComplain: complains });
    await iris.goto('about:blank');
    stopped = postgres(demo.addresses.dataDir);
    signal('STOP', stopped);
    for (const page of [iris, plain]) {
      const answer = await page.goto(`${demo.addresses.portal}/exceptions`);
      expect(answer!.status()).toBe(503);
      await expect(page.getByRole('main')).toContainText('OPAs go on deciding meanwhile');
      await reference(page);
    }
    signal('CONT', stopped);
    stopped = [];
    await until('the page is right again', async () => (await iris.goto(`${demo.addresses.portal}/exceptions`))?.status() === 200);
    await isAlive(iris);
    await expect(iris.getByRole('heading', { level: 1, name: 'Exceptions' })).toBeVisible();
    await iris.context().close();
  } finally {
    signal('CONT', stopped);
    await demo.stop();
    demo.forget();
  }
});

/** The processes of the demo's Postgres: the one that its folder names, and all below it. */
function postgres(dataDir: string): string[] {
  const first = readFileSync(join(dataDir, 'postgres/data/postmaster.pid'), 'utf8').split('\n')[0]!;
  const children = readFileSync(`/proc/${first}/task/${first}/children`, 'utf8').trim().split(' ').filter(Boolean);
  return [first, ...children];
}

function signal(name: 'STOP' | 'CONT', processes: string[]): void {
  if (processes.length > 0) execFileSync('kill', [`-${name}`, ...processes]);
}
