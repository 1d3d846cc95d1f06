// Draws the example of the home page anew: `node e2e/home-example.mjs http://localhost:3000`, of a server that runs this checkout.
// It opens the result of a sample in Chromium as a visitor does, and keeps what the stage shows, with its numbers.
import { writeFileSync } from 'node:fs';
import sharp from 'sharp';
import { openSampleResult } from './sample-result.mjs';

const SAMPLE = 'ki67-40x';
const SIDE = 720;
const [server = 'http://localhost:3000'] = process.argv.slice(2);

const { result, stageOf, close } = await openSampleResult(server, SAMPLE);
for (const [name, search] of [
  ['ihc', '?outlines=off'],
  ['inferred', '?view=inferred'],
]) {
  // The picture is fitted into the stage: a square in its middle, whose rim may show the stage.
  const picture = sharp(await stageOf(search)).flatten({ background: '#ffffff' });
  const { width, height } = await picture.metadata();
  const side = Math.min(width, height) - 4;
  await picture
    .extract({ left: (width - side) >> 1, top: (height - side) >> 1, width: side, height: side })
    .resize(SIDE)
    .webp({ quality: 75 })
    .toFile(`public/home/${name}.webp`);
}
const { scoring, provenance } = result;
const example = {
  ...{ sample: SAMPLE, model: provenance.model, total: scoring.num_total, positive: scoring.num_pos },
  percent: scoring.percent_pos,
};
writeFileSync('app/_home/example.json', `${JSON.stringify(example, null, 2)}\n`);
console.log(example);
await close();
