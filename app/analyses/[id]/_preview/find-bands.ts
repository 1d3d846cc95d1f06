import { openWorker } from '@/app/_loading/worker-rpc';
import type { Raster } from '@/lib/imaging/raster';
import { type BandNuclei, cutRows, findBand, planBands, segmentOpen } from '@/lib/scoring/find/band-nuclei';
import type { SegmentOptions } from '@/lib/scoring/find/find-nuclei';
import type { NucleusMaps } from '@/lib/scoring/find/nucleus-maps';
import type { BandCalls } from './band-protocol';
import type { FindBands } from './live-core';

/** For smaller bands another worker costs more time than it saves. */
const SMALLEST_BAND_PX = 600_000;
/** For larger pictures the workers' copies of the maps would take too much memory. */
const MOST_COPIED_PX = 40_000_000;
const MOST_WORKERS = 8;
/** Size of the bands that this worker searches: small, so that a newer request is noticed soon and little memory is used. */
const BAND_PX = 4_000_000;

/**
 * How the nuclei of a picture are found while a slider moves: in bands, with one worker for each core, or one after the
 * other in this worker.
 */
export function chooseFinder(maps: NucleusMaps, micronsPerPixel: number): FindBands {
  const pixels = maps.image.width * maps.image.height;
  const workers = Math.min(MOST_WORKERS, navigator.hardwareConcurrency, Math.floor(pixels / SMALLEST_BAND_PX));
  const here = findHere(maps);
  // Some browsers have no workers within a worker.
  if (workers < 2 || pixels > MOST_COPIED_PX || typeof Worker === 'undefined') return here;
  const together = findTogether(maps, workers, micronsPerPixel);
  let isTogether = true;
  return async (options, isWanted) => {
    if (!isTogether || options.algorithm === 'deepliif') return here(options, isWanted);
    try {
      return await together(options, isWanted);
    } catch {
      // A worker did not start, or crashed. This worker finds the same nuclei, more slowly.
      isTogether = false;
      return here(options, isWanted);
    }
  };
}

/** Searches one band after the other; between two of them it stops if the result is no longer wanted. */
export function findHere(maps: NucleusMaps, bandPx = BAND_PX): FindBands {
  const { width, height } = maps.image;
  return async (options, isWanted) => {
    const found: BandNuclei[] = [];
    for (const band of planBands(height, Math.ceil((width * height) / bandPx), options)) {
      await new Promise((resolve) => setTimeout(resolve));
      if (!isWanted()) return null;
      found.push(...findBand(maps, band, options));
    }
    return found;
  };
}

/** Searches all bands at once, each in a worker that holds its rows. */
function findTogether(maps: NucleusMaps, count: number, micronsPerPixel: number): FindBands {
  const { height } = maps.image;
  const bands = planBands(height, count, { algorithm: 'watershed', micronsPerPixel });
  const workers = bands.map((band) => {
    const worker = openWorker<BandCalls>('band');
    // Whatever is wrong with it is told again by the first search.
    worker.call('load', { maps: copyMaps(cutRows(maps, band.seen)), band, height }).catch(() => undefined);
    return worker;
  });
  let running: Promise<unknown> = Promise.resolve();

  async function find(options: SegmentOptions): Promise<BandNuclei[]> {
    const found = await Promise.all(workers.map((worker) => worker.call('find', options)));
    const more = bands.flatMap((band, b) => {
      const openFrom = found[b]?.openFrom ?? null;
      return openFrom === null ? [] : segmentOpen(maps, band, openFrom, options);
    });
    return [...found, ...more];
  }

  return async (options, isWanted) => {
    // One search at a time, so that the newest waits for at most one outdated search.
    await running;
    if (!isWanted()) return null;
    const found = find(options);
    running = found.catch(() => undefined);
    return found;
  };
}

/** Copies the bytes: with a view the whole buffer would be sent. */
function copyMaps({ image, segmentation, marker }: NucleusMaps): NucleusMaps {
  const copy = (raster: Raster): Raster => ({ ...raster, data: raster.data.slice() });
  return { image: copy(image), segmentation: copy(segmentation), marker: marker && copy(marker) };
}
