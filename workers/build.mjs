// Bundles the workers: the server's into .workers/, since piscina loads files, not modules of Next's bundle; the result
// page's into public/workers/, since Turbopack's own bundling of web workers has broken from one release to the next.
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));

export default async function buildWorkers() {
  await build({
    absWorkingDir: root,
    entryPoints: ['workers/inference.worker.ts', 'workers/heic.worker.ts'],
    outdir: '.workers',
    outExtension: { '.js': '.mjs' },
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    sourcemap: true,
    splitting: true,
    external: ['onnxruntime-node', 'libheif-js'],
    logLevel: 'warning',
  });
  const folder = 'app/analyses/[id]';
  await build({
    absWorkingDir: root,
    entryPoints: {
      live: `${folder}/_preview/live.worker.ts`,
      band: `${folder}/_preview/band.worker.ts`,
      picture: `${folder}/_pictures/picture.worker.ts`,
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
