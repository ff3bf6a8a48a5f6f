// Measurements through the real thing; `make bench` runs them by the programs in bench/.

import { defineConfig } from '@playwright/test';

import { browser } from './support/browser.ts';

export default defineConfig({
  testDir: './bench',
  testMatch: '*.bench.ts',
  globalSetup: './support/set_up.ts',
  outputDir: './test-results/bench',
  workers: 1,
  retries: 0,
  timeout: 280_000,
  expect: { timeout: 15_000 },
  reporter: [['line']],
  use: { ...browser, trace: 'off' },
});
