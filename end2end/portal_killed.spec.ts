// What the fleet lives on when the portal is gone, and what is still there when it comes back.

import { approve, fresh, requestException } from './support/deeds.ts';
import { Demo } from './support/demo.ts';
import { expect, open, test } from './support/journey.ts';
import { askAbout, exemptedBy, Opa, untilDenied, untilExempted } from './support/opa.ts';
import { pause } from './support/until.ts';

/** Milliseconds from the approval until the exception ends: enough to kill the portal meanwhile. */
const SHORT = 30_000;

/** A moment as the field takes it, in UTC and to the second. */
const toField = (at: number) => new Date(at).toISOString().slice(0, 19);

// A portal of its own: the other journeys need theirs.
test('an exception ends on time with the portal killed, and nothing acknowledged is lost', async ({ signIn }) => {
  const demo = await Demo.start();
  let opa: Opa | undefined;
  try {
    const { addresses } = demo;
    opa = await Opa.start(addresses, 'outside');
    const [short, long] = [fresh('short'), fresh('long')];
    // What open pages say of a portal that is gone.
    const mayComplain = /net::ERR_|Failed to fetch/;
    const rita = await signIn('Rita Requester', { at: addresses.portal, mayComplain });
    const adam = await signIn('Adam Approver', { at: addresses.portal, mayComplain });
    const numbers = [await requestException(rita, short), await requestException(rita, long)];

    await open(adam, `/exceptions/${numbers[1]}`);
    await approve(adam, 'It stays.');
    await untilExempted(long, opa.url);
    await open(adam, `/exceptions/${numbers[0]}`);
    const ends = Math.ceil((Date.now() + SHORT) / 1000) * 1000;
    await adam.getByLabel('Ends (UTC)').fill(toField(ends));
    await approve(adam, 'It goes.');
    await untilExempted(short, opa.url);

    // An open page would ask for news in vain, and the console would tell.
    for (const page of [rita, adam]) await page.goto('about:blank');
    await demo.kill();
    expect(Date.now(), 'the portal was killed in time').toBeLessThan(ends - 2_000);
    expect(await exemptedBy(short, opa.url)).toEqual([numbers[0]]);
    await pause(ends - 1_000 - Date.now());
    expect(await exemptedBy(short, opa.url), 'a second before its end').toEqual([numbers[0]]);
    await pause(ends - Date.now());
    await untilDenied(short, opa.url, 1_000);
    expect(await exemptedBy(long, opa.url), 'the other one goes on').toEqual([numbers[1]]);

    const running = await demo.again();
    try {
      await open(adam, `/exceptions/${numbers[0]}`);
      await expect(adam.getByText('It ended')).toBeVisible();
      await open(adam, `/exceptions/${numbers[1]}`);
      await expect(adam.getByText('It stays.')).toBeVisible();
      await untilExempted(long, addresses.production);
      expect(await exemptedBy(long, opa.url)).toEqual([numbers[1]]);
      const [theirs, outside] = [await askAbout(long, addresses.production), await askAbout(long, opa.url)];
      expect(theirs.revisions).toEqual(outside.revisions);
    } finally {
      await running.stop();
    }
  } finally {
    await opa?.stop();
    await demo.stop();
    demo.forget();
  }
});
