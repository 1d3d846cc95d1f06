// Describes all found nuclei of drawn fields with the product's own code: pooled.mjs REPOSITORY FOLDER [LIKELIHOODS...].
// Writes FOLDER/found.json (fields, features), FOLDER/found.bin (float32 rows, one a nucleus: field, label, class, whether
// it counts, centre x and y, features) and the label map of each field as FIELD-nuclei.png (16 bits).
// With LIKELIHOODS, files of float32 rows of what a first stage says of these nuclei, writes beside each, as
// NAME-context.bin, the columns of the second stage instead.
import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import { bundle } from './bundle.mjs';
import { fieldNames, fieldReader, READER_EXPORTS } from './fields.mjs';

const [repository, folder, ...likelihoodPaths] = process.argv.slice(2);
const sharp = createRequire(resolve(repository, 'package.json'))('sharp');
const product = await bundle(
  repository,
  `${READER_EXPORTS}
    export { KINDS } from '@/lib/scoring/classify/kinds';
    export { FEATURES } from '@/lib/scoring/classify/feature-names';
    export { surroundingsOf, nucleusFeatures, gatherGuesses, contextFeatures } from '@/lib/scoring/classify/nucleus-features';`,
);
const kinds = product.KINDS.length;
const readField = fieldReader(repository, product);
const readFloats = (path) => {
  const bytes = readFileSync(path);
  return new Float32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 4);
};
const save = (path, rows) =>
  writeFileSync(path, Buffer.concat(rows.map(({ buffer, byteOffset, byteLength }) => Buffer.from(buffer, byteOffset, byteLength))));

const guesses = likelihoodPaths.map(readFloats);
const rows = [];
const contexts = guesses.map(() => []);
const fields = fieldNames(folder);
let seen = 0;
for (const [index, name] of fields.entries()) {
  const { image, micronsPerPixel, nuclei, kept, truth } = await readField(folder, name);
  const { width, height } = image;
  const around = product.surroundingsOf(nuclei, { width, height, micronsPerPixel });
  const described = product.nucleusFeatures(around);
  guesses.forEach((guess, g) => {
    const here = guess.slice(seen * kinds, (seen + nuclei.count) * kinds);
    contexts[g].push(Float32Array.from(product.contextFeatures(around, described, product.gatherGuesses(around, here)).values));
  });
  seen += nuclei.count;
  if (guesses.length > 0) continue;
  for (let k = 0; k < nuclei.count; k++) {
    const { width: columns, values } = described.features;
    const [x, y] = [nuclei.centroidX[k], nuclei.centroidY[k]];
    const facts = [index, truth[k], nuclei.positive[k], kept[k], x, y];
    rows.push(Float32Array.of(...facts, ...values.subarray(k * columns, (k + 1) * columns)));
  }
  await sharp(Uint16Array.from(nuclei.labelMap.data), { raw: { width, height, channels: 1 } })
    .toColourspace('grey16')
    .png({ compressionLevel: 2 })
    .toFile(join(folder, name.replace('.json', '-nuclei.png')));
}
if (guesses.length > 0) likelihoodPaths.forEach((path, g) => save(path.replace(/\.bin$/, '-context.bin'), contexts[g]));
else {
  save(join(folder, 'found.bin'), rows);
  writeFileSync(join(folder, 'found.json'), JSON.stringify({ features: product.FEATURES, fields }));
}
