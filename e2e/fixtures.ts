import { test as base } from '@playwright/test';
import { HomePage } from './pages/home-page';

type Fixtures = { home: HomePage; foreignRequests: string[]; policyViolations: string[]; routesEnd: undefined };

/** The tests of the pages. Each also fails when a request goes to another origin, or when a page breaks its own policy. */
export const test = base.extend<Fixtures>({
  foreignRequests: [
    async ({ context, baseURL }, use) => {
      const foreign: string[] = [];
      context.on('request', (request) => {
        const url = request.url();
        if (!/^(blob|data):/.test(url) && new URL(url).origin !== baseURL) foreign.push(url);
      });
      await use(foreign);
      expect(foreign, 'requests that left the origin').toEqual([]);
    },
    { auto: true },
  ],
  policyViolations: [
    async ({ context }, use) => {
      const violations: string[] = [];
      context.on('console', (message) => {
        if (message.text().includes('Content Security Policy')) violations.push(message.text());
      });
      await use(violations);
      expect(violations, 'what the Content-Security-Policy refused').toEqual([]);
    },
    { auto: true },
  ],
  // A request that a test answers itself may be on its way when the test ends.
  routesEnd: [
    async ({ context }, use) => {
      await use(undefined);
      for (const page of context.pages()) await page.unrouteAll({ behavior: 'ignoreErrors' });
      await context.unrouteAll({ behavior: 'ignoreErrors' });
    },
    { auto: true },
  ],
  home: async ({ page }, use) => {
    const home = new HomePage(page);
    await home.open();
    await use(home);
  },
});

export const { expect } = test;
