// The browser that journeys and measurements use: the system's Chromium, in English and in UTC, with the one type
// face that set-up installs, whatever else the machine has.

import { fileURLToPath } from 'node:url';

import type { PlaywrightTestConfig } from '@playwright/test';

const FONTS = fileURLToPath(new URL('fonts.conf', import.meta.url));

export const browser: NonNullable<PlaywrightTestConfig['use']> = {
  headless: true,
  locale: 'en-GB',
  timezoneId: 'UTC',
  viewport: { width: 1440, height: 900 },
  launchOptions: {
    executablePath: process.env['CHROMIUM'] || '/usr/bin/chromium',
    env: { ...(process.env as Record<string, string>), FONTCONFIG_FILE: FONTS, LANGUAGE: 'en_GB' },
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
      // Letters and colours as on any other machine.
      '--font-render-hinting=none',
      '--disable-lcd-text',
      '--force-color-profile=srgb',
    ],
  },
};
