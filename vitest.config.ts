import { availableParallelism } from 'node:os';
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
    // Files wait for readers, timers and threads more than they compute.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    tags: [
      { name: 'long', description: 'Floods, fuzz, whole matrices, large files: `npm run test:long`, not `npm test`.' },
    ],
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
