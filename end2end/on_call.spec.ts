// An OPA that does not run what is released, as whoever is on call finds it. Its portal's clock is wound by hand, so that
// no OPA falls silent before its time.

import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { within } from './support/clicks.ts';
import { approve, fresh, requestException } from './support/deeds.ts';
import { Demo } from './support/demo.ts';
import type { Hand } from './support/hand.ts';
import { card, expect, open, test as base } from './support/journey.ts';
import { Opa, untilExempted } from './support/opa.ts';

/** Milliseconds after which an OPA that says nothing counts as silent, and some. */
const LONG = 120_000;

const test = base.extend<{}, { wound: Wound }>({
  wound: [
    async ({}, use) => {
      const wound = await Wound.start();
      await use(wound);
      await wound.demo.stop();
      wound.demo.forget();
    },
    { scope: 'worker', timeout: 120_000 },
  ],
  demo: async ({ wound }, use) => use(wound.demo.addresses),
});

/** A demo for which time stands still until it is wound on. */
class Wound {
  private now = Date.now();

  private constructor(
    readonly demo: Demo,
    private readonly clock: string,
  ) {}

  static async start(): Promise<Wound> {
    let clock = '';
    const demo = await Demo.start((dataDir) => {
      mkdirSync(dataDir, { recursive: true });
      clock = join(dataDir, 'clock');
      writeFileSync(clock, new Date().toISOString());
      return { DEMO_CLOCK: clock };
    });
    return new Wound(demo, clock);
  }

  by(milliseconds: number): void {
    this.now += milliseconds;
    writeFileSync(this.clock, new Date(this.now).toISOString());
  }
}

test('whoever is on call sees which OPA is not as released, and why, within 2', async ({ demo, wound, signIn }) => {
  const opa = await Opa.start(demo, 'stuck');
  try {
    const [rita, adam] = [await signIn('Rita Requester'), await signIn('Adam Approver')];
    const bucket = fresh('behind');
    const number = await requestException(rita, bucket);
    opa.freeze();
    await open(adam, `/exceptions/${number}`);
    await approve(adam, '');
    await untilExempted(bucket, demo.production);
    await within(2, 'Otto Operator', signIn, async (hand) => {
      await finds(hand, 'Converging', /It runs (\S+) of aegis-exceptions, and (?!\1 )\S+ is released/);
      const table = hand.page.getByRole('table', { name: 'Bundles of this instance' });
      const [runs, expected] = await table.getByRole('row', { name: 'aegis-exceptions' }).getByRole('cell').allInnerTexts();
      expect(runs).not.toBe(expected);
      await expect(hand.page.getByRole('main')).toContainText('It does not run all that is released yet.');
    });

    wound.by(LONG);
    await within(2, 'Otto Operator', signIn, async (hand) => {
      await finds(hand, 'Silent', /It reports no more/);
      await expect(hand.page.getByRole('main')).toContainText('It has said nothing for longer than 90 seconds.');
    });
  } finally {
    await opa.stop();
  }
});

/** From the first page, which says how the OPA stands and why, to the page of that OPA. */
async function finds(hand: Hand, state: string, why: RegExp): Promise<void> {
  const line = card(hand.page, 'Not as released').getByRole('listitem').filter({ hasText: 'stuck' });
  await expect(line).toContainText(state);
  await expect(line).toContainText(why);
  await hand.press(line.getByRole('link'));
  await expect(hand.page.getByRole('heading', { level: 1, name: 'stuck' })).toBeVisible();
  await expect(hand.page.getByRole('main').getByText(state, { exact: true })).toBeVisible();
}
