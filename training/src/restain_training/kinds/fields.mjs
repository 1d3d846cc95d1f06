import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';

/** What `fieldReader` needs of the product, for `bundle`. */
export const READER_EXPORTS = `
  export { inferTile } from '@/lib/inference/infer-tile';
  export { describePicture } from '@/lib/inference/picture-facts';
  export { sharedRaster } from '@/lib/imaging/raster';
  export { planTiles } from '@/lib/imaging/tiles/plan-tiles';
  export { ModelManifest } from '@/lib/models/manifest';
  export { openSession } from '@/workers/onnx-session';
  export { segmentNuclei } from '@/lib/scoring/find/find-nuclei';
  export { gateNuclei, resolveGates } from '@/lib/scoring/gate/gate-nuclei';`;

/** Names of the truths of a folder's drawn fields, in order. */
export const fieldNames = (folder) => readdirSync(folder).filter((name) => /^[a-z]+-\d+\.json$/.test(name)).sort();

/**
 * Reads drawn fields and finds their nuclei with the product's own code and the shipped network. Segmentations are kept
 * beside the fields.
 */
export function fieldReader(repository, product) {
  const sharp = createRequire(resolve(repository, 'package.json'))('sharp');
  const modelFolder = join(repository, 'models/restain-ihc');
  const manifest = product.ModelManifest.parse(JSON.parse(readFileSync(join(modelFolder, 'model.json'), 'utf8')));
  let session = null;

  async function readRgb(path) {
    const { data, info } = await sharp(path).removeAlpha().raw().toBuffer({ resolveWithObject: true });
    return { data: new Uint8Array(data), width: info.width, height: info.height, channels: 3 };
  }

  async function readLabels(path) {
    const data = await sharp(path).toColourspace('grey16').raw({ depth: 'ushort' }).toBuffer();
    return new Uint16Array(data.buffer, data.byteOffset, data.byteLength / 2);
  }

  async function segmentationOf(base, image, micronsPerPixel) {
    const path = `${base}-seg.png`;
    if (existsSync(path)) return readRgb(path);
    session ??= await product.openSession({ folder: modelFolder, manifest, provider: 'cpu' }, { intraOpThreads: 1 });
    const facts = product.describePicture(image, manifest);
    const segmentation = product.sharedRaster(image.width, image.height, 3);
    const scale = micronsPerPixel / manifest.micronsPerPixel;
    for (const tile of product.planTiles(image.width, image.height, scale, manifest.tile))
      await product.inferTile(session, { image, tile, outputs: { segmentation }, facts, skipGlass: true });
    const { width, height } = image;
    await sharp(Buffer.from(segmentation.data), { raw: { width, height, channels: 3 } })
      .png({ compressionLevel: 2 })
      .toFile(path);
    return segmentation;
  }

  /** @returns the picture, its nuclei, which of them count, and the drawn nucleus (label) that each covers; 0 for none. */
  return async function readField(folder, name) {
    const base = join(folder, name.slice(0, -'.json'.length));
    const { microns_per_pixel: micronsPerPixel } = JSON.parse(readFileSync(`${base}.json`, 'utf8'));
    const [image, labels] = await Promise.all([readRgb(`${base}.png`), readLabels(`${base}-labels.png`)]);
    const segmentation = await segmentationOf(base, image, micronsPerPixel);
    const { algorithm, probThresh } = manifest.defaults;
    const nuclei = product.segmentNuclei(
      { image, segmentation, marker: null },
      { algorithm, probThresh, micronsPerPixel },
    );
    const gates = { sizeThresh: 'auto', sizeThreshUpper: null, markerThresh: null };
    const { kept } = product.gateNuclei(nuclei, product.resolveGates(nuclei, null, gates, micronsPerPixel));
    return { image, micronsPerPixel, nuclei, kept, truth: truthOf(nuclei, labels) };
  };
}

/** The drawn nucleus under most pixels of each find; 0 where it covers less than this share of them. */
const LEAST_COVERED = 0.3;
function truthOf({ labelMap, areaPx, count }, labels) {
  const votes = Array.from({ length: count }, () => new Map());
  labelMap.data.forEach((k, i) => {
    if (k > 0 && labels[i] > 0) votes[k - 1].set(labels[i], (votes[k - 1].get(labels[i]) ?? 0) + 1);
  });
  return votes.map((of, k) => {
    const [label, pixels] = [...of].reduce((best, vote) => (vote[1] > best[1] ? vote : best), [0, 0]);
    return pixels < LEAST_COVERED * areaPx[k] ? 0 : label;
  });
}
