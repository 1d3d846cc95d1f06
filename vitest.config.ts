import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

const root = fileURLToPath(new URL('.', import.meta.url));

// `server-only` throws outside a React server build; under test its empty twin stands in, as Next itself does.
const resolve = {
  alias: { '@': root.replace(/\/$/, ''), 'server-only': `${root}node_modules/server-only/empty.js` },
};

export default defineConfig({
  test: {
    projects: [
      {
        resolve,
        test: {
          name: 'unit',
          environment: 'node',
          include: ['lib/**/*.test.ts', 'app/**/*.test.{ts,tsx}'],
          testTimeout: 60_000,
        },
      },
      {
        resolve,
        // Native add-ons and real threads: each file in a process of its own.
        test: {
          name: 'workers',
          environment: 'node',
          pool: 'forks',
          include: ['workers/*.test.ts'],
          globalSetup: ['workers/build.mjs'],
          testTimeout: 60_000,
        },
      },
    ],
  },
});
