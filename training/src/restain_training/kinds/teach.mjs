// Measures what simulated users teach, by the product's own code: teach.mjs REPOSITORY FOLDER [USERS] [CLICKS].
// FOLDER holds fields that measure.mjs has measured with the prior. Prints the error of the tumour index, in points, of the
// prior and after the clicks, over all users and fields, and the worst of them. Seeded: the same fields, the same numbers.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { bundle } from './bundle.mjs';

const [repository, folder, users = '20', clicks = '20'] = process.argv.slice(2);
const product = await bundle(
  repository,
  `
    export { KINDS } from '@/lib/scoring/classify/kinds';
    export { PRIOR } from '@/lib/scoring/classify/classify-nuclei';
    export { scoresOf } from '@/lib/scoring/classify/stages';
    export { FEATURES, CONTEXT_FEATURES } from '@/lib/scoring/classify/feature-names';
    export { learnKinds } from '@/lib/scoring/classify/teach-kinds';
    export { randomSource } from '@/lib/scoring/__fixtures__/draw-scene';`,
);
const { KINDS, FEATURES, CONTEXT_FEATURES } = product;
const FEWEST_TUMOUR = 30; // nuclei of a field whose index is compared
const FEWEST_OF_KIND = 5; // a user finds no kind of which there are fewer

const table = JSON.parse(readFileSync(join(folder, 'table.json'), 'utf8'));
if (table.features.length !== FEATURES.length + CONTEXT_FEATURES.length)
  throw new Error('Measure the fields with the prior first: measure.mjs REPOSITORY FOLDER lib/scoring/classify/prior.json');
const bytes = readFileSync(join(folder, 'table.bin'));
const numbers = new Float32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 4);
const width = table.features.length + 3;

/** What the users see of a field: the nuclei that count, their truth, and the true index. */
function readField(name, index) {
  const truth = JSON.parse(readFileSync(join(folder, name), 'utf8'));
  const tumour = truth.kinds.flatMap((kind, label) => (kind === 'tumour' ? [truth.positive[label]] : []));
  if (tumour.length < FEWEST_TUMOUR) return [];
  const rows = [];
  for (let at = 0; at < numbers.length; at += width)
    if (numbers[at] === index) rows.push(numbers.subarray(at, at + width));
  const columns = (from, count) => ({
    width: count,
    values: Float64Array.from(rows.flatMap((row) => [...row.subarray(from, from + count)])),
  });
  const tables = [columns(3, FEATURES.length), columns(3 + FEATURES.length, CONTEXT_FEATURES.length)];
  return [
    {
      described: { count: rows.length, tables, scores: product.scoresOf(tables, product.PRIOR.context) },
      kinds: rows.map((row) => (row[1] === 0 ? -1 : KINDS.indexOf(truth.kinds[row[1]]))),
      positive: rows.map((row) => row[2] > 0),
      index: (100 * tumour.filter(Boolean).length) / tumour.length,
    },
  ];
}

function errorOf({ positive, index }, { kind }) {
  const counted = positive.filter((_, k) => kind[k] === 0);
  return Math.abs(index - (100 * counted.filter(Boolean).length) / Math.max(1, counted.length));
}

function shuffled(list, random) {
  const mixed = [...list];
  for (let i = mixed.length - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    [mixed[i], mixed[j]] = [mixed[j], mixed[i]];
  }
  return mixed;
}

/** In turn one of each kind, or half of them where the prior is wrong, or any. */
const USERS = {
  'each kind in turn': (pools) => pools,
  'half of them corrections': (pools, told) =>
    pools.map((pool, _, all) => {
      const wrong = pool.filter((k) => told[k] !== all.kindOf(k));
      const right = pool.filter((k) => told[k] === all.kindOf(k));
      return pool.map((_, n) => (n % 2 === 0 ? wrong.shift() : right.shift()) ?? right.shift() ?? wrong.shift());
    }),
  'any nuclei': (pools, _, random) => [shuffled(pools.flat(), random)],
};

const fields = table.fields.flatMap(readField);
for (const [style, choose] of Object.entries(USERS)) {
  const changes = [];
  let [before, after] = [0, 0];
  fields.forEach((field, f) => {
    const prior = product.learnKinds(field.described, [], []).kinds;
    for (let user = 0; user < Number(users); user++) {
      const random = product.randomSource(Math.imul(2 * (1000 * f + user) + 1, 0x9e3779b1));
      const pools = KINDS.map((_, kind) => shuffled([...field.kinds.keys()].filter((k) => field.kinds[k] === kind), random));
      const found = pools.filter((pool) => pool.length >= FEWEST_OF_KIND);
      found.kindOf = (k) => field.kinds[k];
      const ordered = choose(found, prior.kind, random);
      const examples = [];
      for (let n = 0; examples.length < Number(clicks) && n < Number(clicks); n++)
        for (const pool of ordered)
          if (n < pool.length && examples.length < Number(clicks))
            examples.push({ nucleus: pool[n], name: KINDS[field.kinds[pool[n]]] });
      const taught = product.learnKinds(field.described, [], examples).kinds;
      const [was, is] = [errorOf(field, prior), errorOf(field, taught)];
      before += was;
      after += is;
      changes.push(is - was);
    }
  });
  changes.sort((a, b) => a - b);
  const share = (changes.filter((change) => change > 1).length / changes.length) * 100;
  const [mean, taught] = [before, after].map((sum) => (sum / changes.length).toFixed(2));
  console.log(
    `${style}: ${fields.length} fields, ${users} users of ${clicks} clicks: error ${mean} to ${taught} points; ` +
      `worst run ${changes.at(-1).toFixed(2)} worse, best ${(-changes[0]).toFixed(2)} better, ` +
      `${share.toFixed(2)} % worse by more than 1`,
  );
}
