// Measures the membranes of drawn fields with the product's own code: measure.mjs REPOSITORY FOLDER COLLECTION [OPTIONS].
// Writes FOLDER/COLLECTION.csv, a row for each nucleus that counts, with what its membrane is judged by, and FOLDER/COLLECTION-scores.json, the product's numbers
// of each field. OPTIONS is JSON: {"cuts": {...}, "reachUm": ...}, the product's own where left out.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { bundle } from '../kinds/bundle.mjs';
import { fieldNames, fieldReader, READER_EXPORTS } from '../kinds/fields.mjs';

const [repository, folder, collection, options = '{}'] = process.argv.slice(2);
const product = await bundle(
  repository,
  `${READER_EXPORTS}
    export { classifyNuclei } from '@/lib/scoring/classify/classify-nuclei';
    export { KINDS } from '@/lib/scoring/classify/kinds';
    export { claimStain, describeMembranes, MEMBRANE_CUTS } from '@/lib/scoring/membrane/describe-membranes';
    export { EVIDENCE, stainEvidence } from '@/lib/scoring/membrane/judge-stained';
    export { measureMembranes } from '@/lib/scoring/membrane/measure-membranes';
    export { scoreMembranes } from '@/lib/scoring/membrane/score-membranes';`,
);
const { cuts: changed, ...reach } = JSON.parse(options);
const cuts = { ...product.MEMBRANE_CUTS, ...changed };
const readField = fieldReader(repository, product);

const judgedBy = product.EVIDENCE.length;
const lines = [['field,label,kind,completeness,density,cytoplasm', ...product.EVIDENCE.map((name) => `evidence_${name}`)].join(',')];
const scores = {};
for (const name of fieldNames(folder).filter((field) => field.startsWith(`${collection}-`))) {
  const { image, micronsPerPixel, nuclei, kept, truth } = await readField(folder, name);
  const { width, height } = image;
  const { kind, likelihood } = product.classifyNuclei(nuclei, { width, height, micronsPerPixel });
  const sectors = product.measureMembranes(nuclei, { image, micronsPerPixel, ...reach });
  const places = { centroidX: nuclei.centroidX, centroidY: nuclei.centroidY, micronsPerPixel };
  const membranes = product.describeMembranes(sectors, cuts, places);
  const evidence = product.stainEvidence(product.claimStain(sectors, cuts), sectors, places);
  const { completeness, density, cytoplasm } = membranes;
  for (let k = 0; k < nuclei.count; k++)
    if (kept[k] === 1) {
      const seen = [completeness[k], density[k], cytoplasm[k], ...evidence.slice(k * judgedBy, (k + 1) * judgedBy)];
      const numbers = seen.map((value) => value.toFixed(4));
      lines.push([name, truth[k], product.KINDS[kind[k]], ...numbers].join(','));
    }
  scores[name] = product.scoreMembranes(membranes, { counted: kept, kind, likelihood }, cuts);
}
writeFileSync(join(folder, `${collection}.csv`), `${lines.join('\n')}\n`);
writeFileSync(join(folder, `${collection}-scores.json`), JSON.stringify({ cuts, fields: scores }));
