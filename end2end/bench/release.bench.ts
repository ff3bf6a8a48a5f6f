// From the click in the browser until every OPA of production answers anew: releases, and exceptions.

import type { Page } from '@playwright/test';

import { askForProduction, importVersion, promote, requestException } from '../support/deeds.ts';
import { withMessage } from '../support/folder.ts';
import { expect, open, test } from '../support/journey.ts';
import { askAbout, exemptedBy, Opa } from '../support/opa.ts';
import { until } from '../support/until.ts';
import { allMet, tell } from './figures.ts';

const RELEASES = 50;
const EXCEPTIONS = 30;
/** How often each OPA is asked meanwhile, in milliseconds. */
const EVERY = 5;
const BUNDLE = 'aegis-provisioning';

/** Milliseconds from the click until every OPA answers as told. */
async function measure(click: () => Promise<void>, opas: string[], answers: (opa: string) => Promise<boolean>): Promise<number> {
  const each = opas.map((opa) => async () => {
    await until(`${opa} answers anew`, () => answers(opa), { every: EVERY });
    return performance.now();
  });
  // Clicking returns late, when the page has settled; the OPAs are watched from the click on.
  const started = performance.now();
  const [times] = await Promise.all([Promise.all(each.map((watch) => watch())), click()]);
  return Math.max(...times) - started;
}

test('releases and exceptions reach every OPA', async ({ demo, signIn }) => {
  const second = await Opa.start(demo, 'demo-production-2');
  const opas = [demo.production, second.url];
  try {
    const [otto, adam, arthur] = [await signIn('Otto Operator'), await signIn('Adam Approver'), await signIn('Arthur Author')];
    const rita = await signIn('Rita Requester');
    const first = (await askAbout('ledger', demo.production)).revisions[BUNDLE]!;
    const next = await importVersion(arthur, withMessage('must be encrypted'), 'Measured');
    const page = new URL(arthur.url()).pathname;
    await promote(arthur, 'development');
    await promote(arthur, 'staging');
    await whole(opas);

    const confirmed: number[] = [];
    const rolledBack: number[] = [];
    for (let n = 0; n < RELEASES; n += 2) {
      await open(arthur, page);
      await askForProduction(arthur, 'Measured.');
      await open(adam, new URL(arthur.url()).pathname);
      await adam.getByLabel('Name of the environment').fill('production');
      confirmed.push(await measure(press(adam, 'Confirm'), opas, runs(next)));
      await openRollBack(otto, first);
      rolledBack.push(await measure(press(otto, 'Roll back'), opas, runs(first)));
    }

    const approved: number[] = [];
    const revoked: number[] = [];
    for (let n = 0; n < EXCEPTIONS; n += 1) {
      const bucket = `measured-${n}`;
      const number = await requestException(rita, bucket);
      await open(adam, `/exceptions/${number}`);
      approved.push(await measure(press(adam, 'Approve'), opas, exempts(bucket, true)));
      await open(adam, `/exceptions/${number}?ask=revoke`);
      await adam.getByRole('dialog').getByLabel('Reason').fill('Measured.');
      revoked.push(await measure(press(adam, 'Revoke'), opas, exempts(bucket, false)));
    }

    console.log(`\nclick in the browser -> ${opas.length} OPAs of production answer anew, asked every ${EVERY} ms`);
    tell('promotion confirmed', confirmed);
    tell('rolled back', rolledBack);
    allMet([
      tell('releases, both ways', [...confirmed, ...rolledBack], { p: 99, within: 1_000 }),
      tell('exception approved -> exempted', approved, { p: 95, within: 2_000 }),
      tell('exception revoked -> denied', revoked, { p: 95, within: 2_000 }),
    ]);
  } finally {
    await second.stop();
  }
});

const press = (page: Page, name: string) => () => {
  const within = page.getByRole('dialog').or(page.getByRole('main')).last();
  return within.getByRole('button', { name, exact: true }).click({ noWaitAfter: true });
};

const runs = (revision: string) => async (opa: string) => (await askAbout('ledger', opa)).revisions[BUNDLE] === revision;

const exempts = (bucket: string, wanted: boolean) => async (opa: string) =>
  (await exemptedBy(bucket, opa)).length > 0 === wanted;

async function openRollBack(otto: Page, to: string): Promise<void> {
  await open(otto, `/releases?ask=roll-back&environment=production&bundle=${BUNDLE}`);
  const dialog = otto.getByRole('dialog');
  await dialog.getByLabel('Version to put in force again').selectOption(to);
  await dialog.getByLabel('Reason').fill('Measured.');
  await dialog.getByLabel('Name of the environment').fill('production');
}

/** Returns once every OPA answers at all. */
async function whole(opas: string[]): Promise<void> {
  for (const opa of opas) expect((await askAbout('ledger', opa)).deny).toHaveLength(1);
}
