/** @type {import('next').NextConfig} */
export default {
  // `next start` does not serve a standalone build: only the container image asks for one.
  ...(process.env.BUILD_STANDALONE ? { output: 'standalone' } : {}),
  // onnxruntime-node, sharp and pino are on Next's own list; piscina is not.
  serverExternalPackages: ['piscina'],
  outputFileTracingIncludes: { '/api/**': ['.workers/**', 'models/**'] },
  poweredByHeader: false,
  // `npm run typecheck` checks everything, tests too; a start need not wait for it.
  typescript: { ignoreBuildErrors: true },
};
