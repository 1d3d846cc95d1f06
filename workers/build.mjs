// Bundles the workers: the server's threads into .workers/, since piscina loads files, not modules of Next's bundle; the
// processes of `npm run worker` and `npm run doctor` beside them, which have no part of Next; the result page's into public/workers/, since Turbopack's own bundling of web workers has broken from one release to the next.
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));

/** How the server's threads are bundled. */
export const THREADS = {
  absWorkingDir: root,
  entryPoints: ['workers/inference.worker.ts', 'workers/heic.worker.ts', 'workers/regions.worker.ts'],
  outdir: '.workers',
  outExtension: { '.js': '.mjs' },
  bundle: true,
  format: 'esm',
  platform: 'node',
  target: 'node20',
  sourcemap: true,
  splitting: true,
  external: ['onnxruntime-node', 'libheif-js', 'sharp'],
  alias: { 'server-only': './node_modules/server-only/empty.js' },
  logLevel: 'warning',
};

export default async function buildWorkers() {
  await build(THREADS);
  await build({
    absWorkingDir: root,
    entryPoints: { worker: 'lib/server/process/worker.ts', doctor: 'lib/server/process/doctor/doctor.ts' },
    outdir: '.workers',
    outExtension: { '.js': '.mjs' },
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    sourcemap: true,
    // What has binaries, threads or files of its own is loaded from node_modules, as Next does.
    external: ['onnxruntime-node', 'libheif-js', 'sharp', 'piscina', 'pino', 'bullmq', 'ioredis'],
    alias: { 'server-only': './node_modules/server-only/empty.js' },
    define: { 'process.env.RESTAIN_COMMIT': JSON.stringify(process.env.RESTAIN_COMMIT ?? 'unknown') },
    // Packages that are no ES modules ask for Node's modules by `require`.
    banner: {
      js: "import { createRequire as createRequireOfBundle } from 'node:module'; const require = createRequireOfBundle(import.meta.url);",
    },
    logLevel: 'warning',
  });
  const folder = 'app/analyses/[id]';
  const slides = 'app/slides/[id]';
  await build({
    absWorkingDir: root,
    entryPoints: {
      live: `${folder}/_preview/live.worker.ts`,
      band: `${folder}/_preview/band.worker.ts`,
      picture: `${folder}/_pictures/picture.worker.ts`,
      table: `${slides}/_scoring/table/table.worker.ts`,
    },
    outdir: 'public/workers',
    bundle: true,
    minify: true,
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    logLevel: 'warning',
  });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await buildWorkers();
