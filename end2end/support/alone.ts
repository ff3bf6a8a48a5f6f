// A demo that the journeys of one file have to themselves: others count on theirs as it is.

import { Demo } from './demo.ts';
import { test as base } from './journey.ts';

export const test = base.extend<{}, { alone: Demo }>({
  alone: [
    async ({}, use) => {
      const demo = await Demo.start();
      await use(demo);
      await demo.stop();
      demo.forget();
    },
    { scope: 'worker', timeout: 120_000 },
  ],
  demo: async ({ alone }, use) => use(alone.addresses),
});
