// Draws the pictures of the help anew: `node e2e/help-pictures.mjs http://localhost:3000`, of a server that runs this checkout.
// Each shows the same place of a sample, as the page of its result shows it.
import sharp from 'sharp';
import { openSampleResult } from './sample-result.mjs';

const SAMPLE = 'ki67-40x';
/** The middle of the place, in pixels of the sample, and screen pixels per pixel. */
const PLACE = { x: 180, y: 880, zoom: 2 };
/** Of the place in pixels of the sample, and of the pictures. */
const [EXTENT, SIDE] = [104, 208];
const [server = 'http://localhost:3000'] = process.argv.slice(2);

const keep = (name, picture) => picture.webp({ quality: 72 }).toFile(`public/help/${name}.webp`);

const { result, stageOf, close } = await openSampleResult(server, SAMPLE);
const at = `x=${PLACE.x}&y=${PLACE.y}&zoom=${PLACE.zoom}`;
const shots = {
  original: await stageOf(`?outlines=off&${at}`),
  outlines: await stageOf(`?${at}`),
  hematoxylin: await stageOf(`?view=hematoxylin&outlines=off&${at}`),
  ...Object.fromEntries(
    await ['marker', 'dapi', 'lap2'].reduce(
      async (all, name) => [...(await all), [name, await stageOf(`?view=inferred&layers=${name}&outlines=off&${at}`)]],
      Promise.resolve([]),
    ),
  ),
};
for (const [name, shot] of Object.entries(shots)) {
  const picture = sharp(shot).flatten({ background: '#000000' });
  const { width, height } = await picture.metadata();
  await keep(
    name,
    picture.extract({ left: (width - SIDE) >> 1, top: (height - SIDE) >> 1, width: SIDE, height: SIDE }),
  );
}
// The page shows it as outlines only.
const segmentation = await fetch(new URL(result.pictures.Seg.url, server));
const corner = { left: PLACE.x - EXTENT / 2, top: PLACE.y - EXTENT / 2 };
await keep(
  'segmentation',
  sharp(Buffer.from(await segmentation.arrayBuffer()))
    .extract({ ...corner, width: EXTENT, height: EXTENT })
    .resize(SIDE),
);
await close();
