/** @type {import('next').NextConfig} */
export default {
  output: 'standalone',
  // onnxruntime-node, sharp and pino are on Next's own list; piscina is not.
  serverExternalPackages: ['piscina'],
  outputFileTracingIncludes: { '/api/**': ['.workers/**', 'models/**'] },
  poweredByHeader: false,
};
