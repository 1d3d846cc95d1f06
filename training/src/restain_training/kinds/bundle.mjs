import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';

/** The product's functions: a module of `contents`, which exports them from its sources. `folder` is the repository. */
export async function bundle(folder, contents) {
  const repository = resolve(folder);
  mkdirSync(join(repository, '.restain'), { recursive: true });
  const built = mkdtempSync(join(repository, '.restain/kinds-'));
  const outfile = join(built, 'product.mjs');
  await createRequire(join(repository, 'package.json'))('esbuild').build({
    stdin: { contents, resolveDir: repository, loader: 'ts' },
    ...{ outfile, bundle: true, format: 'esm', platform: 'node', target: 'node20', logLevel: 'warning' },
    ...{ external: ['onnxruntime-node'], absWorkingDir: repository },
  });
  const product = await import(outfile);
  rmSync(built, { recursive: true });
  return product;
}
