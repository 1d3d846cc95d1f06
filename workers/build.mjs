// Bundles the worker into .workers/: piscina loads files, not modules of Next's bundle.
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));

export default async function buildWorkers() {
  await build({
    absWorkingDir: root,
    entryPoints: ['workers/inference.worker.ts'],
    outdir: '.workers',
    outExtension: { '.js': '.mjs' },
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    sourcemap: true,
    external: ['onnxruntime-node'],
    logLevel: 'warning',
  });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await buildWorkers();
