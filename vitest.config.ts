import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

const root = fileURLToPath(new URL('.', import.meta.url));

const PURE = [
  'lib/{annotations,client,contracts,exchange,imaging,pyramid,scoring}/**/*.test.ts',
  'app/{_*,analyses,slides}/**/*.test.{ts,tsx}',
];
const ALL = ['*.test.ts', 'lib/**/*.test.ts', 'workers/*.test.ts', 'app/**/*.test.{ts,tsx}'];

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
    pool: 'forks',
    projects: [
      // Files that load neither native add-ons nor settings share a process: loading the modules takes longer than most tests.
      { extends: true, test: { name: 'pure', include: PURE, isolate: false } },
      { extends: true, test: { name: 'process', include: ALL, exclude: PURE } },
    ],
    globalSetup: ['workers/build.mjs', 'integrations/formats.mjs'],
    setupFiles: ['vitest.setup.ts'],
    // Files wait for readers, timers and threads more than they compute.
    maxWorkers: availableParallelism() + 1,
    tags: [
      { name: 'chaos', description: 'Workers that are killed for minutes: `npm run chaos`.' },
      { name: 'scaling', description: 'A slide over 1, 2 and 4 workers: `npm run bench -- --scaling`.' },
      { name: 'long', description: 'Floods, fuzz, whole matrices, large files: `npm run test:long`, not `npm test`.' },
    ],
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
