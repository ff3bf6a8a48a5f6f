// One demo for all journeys of a run.

import { Demo, type Addresses } from './demo.ts';

export default async function setUp(): Promise<() => Promise<void>> {
  const demo = await Demo.start();
  process.env['AEGIS_ADDRESSES'] = JSON.stringify(demo.addresses);
  return async () => {
    await demo.stop();
    demo.forget();
  };
}

/** Where the demo of this run is. */
export function addresses(): Addresses {
  const set = process.env['AEGIS_ADDRESSES'];
  if (!set) throw new Error('the set-up has not started a demo');
  return JSON.parse(set);
}
