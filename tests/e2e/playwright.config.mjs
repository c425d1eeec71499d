import { defineConfig } from '@playwright/test';
import { launchOptions } from '../../tools/browser.mjs';

export default defineConfig({
  testDir: '.',
  outputDir: '../../test-results',
  forbidOnly: !!process.env.CI,
  retries: 0,
  timeout: 60_000,
  expect: { timeout: 15_000 },
  // Pages train while they are tested: two at a time on one core would only measure each other.
  workers: process.env.E2E_WORKERS ? Number(process.env.E2E_WORKERS) : '50%',
  reporter: 'list',
  use: {
    browserName: 'chromium',
    launchOptions,
    viewport: { width: 1440, height: 900 },
    trace: 'retain-on-failure',
  },
});
