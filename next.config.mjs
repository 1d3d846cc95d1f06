import { execFileSync } from 'node:child_process';

/** What the build is of: stated by who builds without a repository, an image say. */
function commit() {
  if (process.env.RESTAIN_COMMIT) return process.env.RESTAIN_COMMIT;
  try {
    return execFileSync('git', ['rev-parse', 'HEAD'], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
  } catch {
    return 'unknown';
  }
}

/** Of every answer; the Content-Security-Policy of pages has a nonce, and comes from proxy.ts. */
const SECURITY_HEADERS = [
  { key: 'X-Content-Type-Options', value: 'nosniff' },
  { key: 'X-Frame-Options', value: 'DENY' },
  // The address of an analysis is its key: no other site learns it.
  { key: 'Referrer-Policy', value: 'no-referrer' },
  { key: 'Cross-Origin-Opener-Policy', value: 'same-origin' },
  { key: 'Permissions-Policy', value: 'camera=(), geolocation=(), microphone=(), payment=(), usb=()' },
];

/** @type {import('next').NextConfig} */
export default {
  // `next start` does not serve a standalone build: only the container image asks for one.
  ...(process.env.BUILD_STANDALONE ? { output: 'standalone' } : {}),
  // onnxruntime-node, sharp and pino are on Next's own list; these are not. BullMQ loads its Redis client by itself.
  serverExternalPackages: ['piscina', 'bullmq', 'ioredis'],
  outputFileTracingIncludes: {
    '/downloads/**': ['public/downloads/**'],
    // A worker alone imports libheif-js, which tracing does not see.
    '/api/**': ['.workers/**', 'models/**', 'public/samples/**', 'node_modules/libheif-js/**'],
  },
  // Written into the bundles in place of `process.env.RESTAIN_COMMIT`.
  env: { RESTAIN_COMMIT: commit() },
  poweredByHeader: false,
  // Nothing is scaled on demand: that is work for anybody who asks, and no page needs it (lib/server/http/gate.ts).
  images: { unoptimized: true },
  headers: async () => [{ source: '/:path*', headers: SECURITY_HEADERS }],
  // Next would serve the files as they are; the server's address is to be in them.
  rewrites: async () => ({
    beforeFiles: [{ source: '/downloads/:file(restain-\\w+\\.jar)', destination: '/downloads/addressed/:file' }],
  }),
  // `npm run typecheck` checks everything, tests too; a start need not wait for it.
  typescript: { ignoreBuildErrors: true },
};
