import { defineConfig, devices } from '@playwright/test';
import { freePort } from './e2e/free-port';

// Workers read this file again: the variable hands them the port that the first reading chose.
process.env.E2E_PORT ??= String(await freePort());
const baseURL = `http://localhost:${process.env.E2E_PORT}`;

/** Debian's Chromium, without what it would say to its makers. */
const launchOptions = {
  executablePath: process.env.CHROMIUM_PATH || '/usr/bin/chromium',
  args: [
    // Chromium's sandbox does not start as root.
    ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
    '--disable-gpu',
    '--disable-quic',
    '--no-first-run',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
  ],
};

export default defineConfig({
  testDir: 'e2e',
  outputDir: 'test-results',
  // Most of a test's time is waiting, though the server infers on the same cores.
  workers: 2,
  // A machine may stall for longer than a page waits. A test that passes only the second time is listed as flaky.
  retries: 1,
  forbidOnly: Boolean(process.env.CI),
  // Generous: a busy machine is no fault of the page.
  timeout: 120_000,
  expect: { timeout: 20_000, toHaveScreenshot: { pathTemplate: '{testDir}/looks/{arg}{ext}' } },
  reporter: 'list',
  // Traces take a quarter of the time: `npx playwright test FILE --trace on` records one.
  use: { baseURL, trace: 'off' },
  projects: [
    { name: 'api', testDir: 'e2e/api' },
    {
      name: 'desktop',
      testDir: 'e2e/web',
      use: { browserName: 'chromium', launchOptions, viewport: { width: 1440, height: 900 } },
    },
    {
      name: 'phone',
      testDir: 'e2e/web',
      // What does not depend on the size of the page is tried on the desktop alone.
      grepInvert: /@once/,
      use: { ...devices['Pixel 7'], launchOptions, viewport: { width: 390, height: 844 } },
    },
  ],
  webServer: {
    command: 'node bootstrap.mjs start',
    url: `${baseURL}/api/health`,
    timeout: 300_000,
    stdout: 'pipe',
    env: { PORT: process.env.E2E_PORT, REQUESTS_PER_MINUTE: '100000', LOG_LEVEL: 'warn' },
  },
});
