import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

const root = fileURLToPath(new URL('.', import.meta.url));

export default defineConfig({
  resolve: {
    alias: {
      '@': root.replace(/\/$/, ''),
      // `server-only` throws outside a React server build; under test its empty twin stands in, as Next itself does.
      'server-only': `${root}node_modules/server-only/empty.js`,
    },
  },
  test: {
    environment: 'node',
    // Native add-ons and real threads: each file in a process of its own.
    pool: 'forks',
    include: ['*.test.ts', 'lib/**/*.test.ts', 'workers/*.test.ts', 'app/**/*.test.{ts,tsx}'],
    globalSetup: ['workers/build.mjs', 'integrations/bioformats/refresh.mjs'],
    setupFiles: ['vitest.setup.ts'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
