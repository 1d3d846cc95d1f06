// Finds the nuclei of drawn fields with the product's own code: measure.mjs REPOSITORY FOLDER [MODEL]. Writes
// FOLDER/table.bin (float32 rows, one for each nucleus that counts) and FOLDER/table.json (columns and fields).
// With MODEL, a classifier as JSON, the columns of its second stage follow.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { bundle } from './bundle.mjs';
import { fieldNames, fieldReader, READER_EXPORTS } from './fields.mjs';

const [repository, folder, modelPath] = process.argv.slice(2);
const product = await bundle(
  repository,
  `${READER_EXPORTS}
    export { FEATURES, CONTEXT_FEATURES } from '@/lib/scoring/classify/feature-names';
    export { surroundingsOf, nucleusFeatures, gatherGuesses, contextFeatures } from '@/lib/scoring/classify/nucleus-features';
    export { likelihoods } from '@/lib/scoring/classify/stages';`,
);
const classifier = modelPath ? JSON.parse(readFileSync(modelPath, 'utf8')) : null;
const readField = fieldReader(repository, product);

const rows = [];
const fields = fieldNames(folder);
for (const [index, name] of fields.entries()) {
  const { image, micronsPerPixel, nuclei, kept, truth } = await readField(folder, name);
  const around = product.surroundingsOf(nuclei, { width: image.width, height: image.height, micronsPerPixel });
  const described = product.nucleusFeatures(around);
  const tables = [described.features];
  if (classifier) {
    const likelihood = Float32Array.from(product.likelihoods(tables, classifier.alone));
    tables.push(product.contextFeatures(around, described, product.gatherGuesses(around, likelihood)));
  }
  for (let k = 0; k < nuclei.count; k++) {
    if (kept[k] === 0) continue;
    const features = tables.flatMap(({ width, values }) => [...values.subarray(k * width, (k + 1) * width)]);
    rows.push(Float32Array.of(index, truth[k], nuclei.positive[k], ...features));
  }
}
const features = [...product.FEATURES, ...(classifier ? product.CONTEXT_FEATURES : [])];
writeFileSync(join(folder, 'table.bin'), Buffer.concat(rows.map(({ buffer }) => Buffer.from(buffer))));
writeFileSync(join(folder, 'table.json'), JSON.stringify({ features, fields }));
