// The browser that journeys and measurements use: the system's Chromium, in English and in UTC.

import type { PlaywrightTestConfig } from '@playwright/test';

export const browser: NonNullable<PlaywrightTestConfig['use']> = {
  headless: true,
  locale: 'en-GB',
  timezoneId: 'UTC',
  viewport: { width: 1440, height: 900 },
  launchOptions: {
    executablePath: process.env['CHROMIUM'] || '/usr/bin/chromium',
    // A test machine is often a container whose user is root, where Chromium's own sandbox cannot be built; the
    // rest keeps the browser from calling home.
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  },
};
