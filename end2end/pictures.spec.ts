// Pictures of the main pages, in both themes, wide and narrow, with something to see on them. Some are shown in the
// documentation: `make pictures` puts those there anew.

import { copyFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';

import type { Browser, Page } from '@playwright/test';

import { approve, askForProduction, importVersion, promote, requestException, upload } from './support/deeds.ts';
import { Demo, root, type Addresses } from './support/demo.ts';
import { withMessage, withSyntaxError } from './support/folder.ts';
import { expect, open, test, type Name, type SignIn } from './support/journey.ts';
import { untilExempted } from './support/opa.ts';

const TAKEN = join(root, 'end2end/pictures');
const SHOWN = join(root, 'docs/pictures');
/** What the documentation shows. */
const IN_DOCS = ['home-light-1440', 'exception-light-1440', 'promotion-dark-1440', 'fleet-light-1440', 'exceptions-dark-390'];

const WIDTHS = { 1440: 900, 390: 844 };

/** The pages by name: who looks, and at which address. */
type Scene = Record<string, [Name, string]>;

// A portal of its own, so that nothing of the other journeys is on the pictures.
test('the main pages look as they should in both themes, wide and narrow', async ({ browser, signIn }) => {
  test.setTimeout(600_000);
  const demo = await Demo.start();
  try {
    await takeAll(browser, demo.addresses, (name, look) => signIn(name, { at: demo.addresses.portal, ...look }));
  } finally {
    await demo.stop();
    demo.forget();
  }
});

async function takeAll(browser: Browser, { portal, production }: Addresses, signIn: SignIn): Promise<void> {
  const scene = await prepare(signIn, production);
  mkdirSync(TAKEN, { recursive: true });
  for (const colorScheme of ['light', 'dark'] as const) {
    for (const [width, height] of Object.entries(WIDTHS)) {
      const look = { colorScheme, viewport: { width: Number(width), height } };
      const stranger = await browser.newContext({ ...look, baseURL: portal });
      await picture(await stranger.newPage(), `sign-in-${colorScheme}-${width}`, '/sign-in');
      await stranger.close();
      const pages = new Map<Name, Page>();
      for (const [name, [person, path]] of Object.entries(scene)) {
        const page = pages.get(person) ?? (await signIn(person, look));
        pages.set(person, page);
        await picture(page, `${name}-${colorScheme}-${width}`, path);
      }
      for (const page of pages.values()) await page.context().close();
    }
  }
  if (['all', 'changed'].includes(test.info().config.updateSnapshots)) {
    mkdirSync(SHOWN, { recursive: true });
    for (const name of IN_DOCS) copyFileSync(join(TAKEN, `${name}.png`), join(SHOWN, `${name}.png`));
  }
}

/** Does some work, so that there is something to see. */
async function prepare(signIn: SignIn, production: string): Promise<Scene> {
  const [arthur, rita, adam] = [await signIn('Arthur Author'), await signIn('Rita Requester'), await signIn('Adam Approver')];
  await upload(arthur, withSyntaxError().archive, 'Half a rule');
  const refused = new URL(arthur.url()).pathname;
  await importVersion(arthur, withMessage('must be encrypted by a key of ours'), 'Say it more plainly');
  const version = new URL(arthur.url()).pathname;
  await promote(arthur, 'development');
  await promote(arthur, 'staging');
  await askForProduction(arthur, 'Reads better in a pipeline.');
  const promotion = new URL(arthur.url()).pathname;
  const number = await requestException(rita, 'legacy-archive-bucket');
  await open(adam, `/exceptions/${number}`);
  await approve(adam, 'Until the migration is done.');
  await untilExempted('legacy-archive-bucket', production);
  const waits = await requestException(rita, 'analytics-scratch');
  return {
    home: ['Adam Approver', '/'],
    policies: ['Arthur Author', '/policies'],
    policy: ['Arthur Author', '/policies/aegis.provisioning.s3'],
    import: ['Arthur Author', '/changesets/new'],
    refused: ['Arthur Author', refused],
    version: ['Arthur Author', version],
    releases: ['Adam Approver', '/releases'],
    promotion: ['Adam Approver', promotion],
    'roll-back': ['Otto Operator', '/releases?ask=roll-back&environment=staging&bundle=aegis-provisioning'],
    exceptions: ['Adam Approver', '/exceptions'],
    request: ['Rita Requester', '/exceptions/new'],
    'exception-waits': ['Adam Approver', `/exceptions/${waits}`],
    exception: ['Adam Approver', `/exceptions/${number}`],
    fleet: ['Otto Operator', '/fleet'],
    audit: ['Iris Auditor', '/audit'],
  };
}

/** Takes one, of the whole page, and fails where it is wider than its screen. */
async function picture(page: Page, name: string, path: string): Promise<void> {
  await open(page, path);
  await page.evaluate(() => document.fonts.ready);
  const wider = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
  expect(wider, `${name} is wider than its screen by`).toBeLessThanOrEqual(0);
  await page.screenshot({ path: join(TAKEN, `${name}.png`), fullPage: true, animations: 'disabled', caret: 'hide' });
}
