import { defineConfig } from '@playwright/test';
import { launchOptions } from '../../tools/browser.mjs';

export default defineConfig({
  testDir: '.',
  outputDir: '../../test-results',
  forbidOnly: !!process.env.CI,
  // A machine that is busy elsewhere can keep a page waiting too long once. What fails twice is a fault; what passes at the second try is named as flaky.
  retries: 1,
  timeout: 60_000,
  expect: { timeout: 15_000 },
  // A page and its worker are mostly not busy at once, so each core takes a page of its own.
  workers: process.env.E2E_WORKERS ? Number(process.env.E2E_WORKERS) : '100%',
  reporter: 'list',
  use: {
    browserName: 'chromium',
    launchOptions,
    viewport: { width: 1440, height: 900 },
    trace: 'retain-on-failure',
  },
});
