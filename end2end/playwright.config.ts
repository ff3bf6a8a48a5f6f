// Journeys through the real thing: the portal as `make run` starts it, its OPAs, and Chromium.

import { defineConfig } from '@playwright/test';

import { browser } from './support/browser.ts';

export default defineConfig({
  testDir: '.',
  testMatch: '*.spec.ts',
  globalSetup: './support/set_up.ts',
  // One portal for all journeys, so one after the other; and what fails once has failed.
  workers: 1,
  retries: 0,
  forbidOnly: true,
  timeout: 180_000,
  expect: {
    timeout: 30_000,
    // More than one pixel in two hundred is another picture; old, new and difference are then below test-results/.
    toHaveScreenshot: { maxDiffPixelRatio: 0.005, animations: 'disabled', caret: 'hide', scale: 'css' },
  },
  snapshotPathTemplate: '../docs/pictures/{arg}{ext}',
  reporter: [['list']],
  use: {
    ...browser,
    launchOptions: {
      ...browser.launchOptions,
      // Each person has a browser of their own, which compiles the client anew; how fast it then runs is measured
      // elsewhere. A trace of each journey would take as long as the journeys: `--trace on` writes that of one.
      args: [...browser.launchOptions!.args!, '--js-flags=--liftoff-only'],
    },
    screenshot: 'only-on-failure',
  },
});
