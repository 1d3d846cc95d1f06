import 'server-only';
import { createHash } from 'node:crypto';
import type { CellGrid } from '@/lib/contracts/slide-scoring';
import { AppError } from '@/lib/errors';
import { planSlideGrid, type SlideGrid } from '@/lib/imaging/tiles/slide-grid';
import type { CellRules } from '@/lib/scoring/find/cell-nuclei';
import { modelForPictures } from '@/lib/server/inference/engine';
import type { ModelRef } from '@/workers/protocol';

/** Raised when what is stored of maps or nuclei changes, so that nothing that an earlier version stored is taken for it. */
export const STORED_VERSION = 1;

/** About the side of a cell: some seconds of work, so that little is lost when a server dies, and few tiles are needed twice. */
const CELL_UM = 900;
/** Clusters of touching nuclei that are wider or higher are cut. Whatever is so large is no group of nuclei by any biology. */
const LARGEST_CLUSTER_UM = 400;

/** How a slide is cut into tiles of the network and cells of work; it follows from slide, model and pixel size alone. */
export type SlidePlan = {
  readonly slide: { readonly width: number; readonly height: number };
  readonly micronsPerPixel: number;
  /** With the one network that the slide is shown to. */
  readonly model: ModelRef;
  readonly grid: SlideGrid;
  readonly cells: CellGrid;
  readonly rules: Omit<CellRules, 'probThresh'>;
  /** Names what the maps depend on. */
  readonly mapKey: string;
};

/**
 * @param installed - with all its networks; the plan has the one that the slide is shown to
 * @throws AppError `invalid_option` where the network's tiles make no grid at this pixel size
 */
export function planSlide(
  { width, height }: { width: number; height: number },
  micronsPerPixel: number,
  installed: ModelRef,
): SlidePlan {
  const model = modelForPictures(installed, micronsPerPixel);
  const { manifest } = model;
  const slide = { width, height };
  const grid = planGrid(slide, micronsPerPixel, model);
  // An even number: large clusters are cut along the borders of half cells.
  const tilesPerCell = Math.max(2, 2 * Math.round(CELL_UM / (grid.side * micronsPerPixel) / 2));
  const side = tilesPerCell * grid.side;
  return {
    ...{ slide, micronsPerPixel, model, grid },
    cells: { side, columns: Math.ceil(slide.width / side), rows: Math.ceil(slide.height / side) },
    rules: {
      micronsPerPixel,
      largestCluster: Math.ceil(LARGEST_CLUSTER_UM / micronsPerPixel),
      cutSide: side / 2,
    },
    mapKey: keyOf([
      STORED_VERSION,
      manifest.name,
      manifest.sha256,
      manifest.precision,
      manifest.graphOptimisation,
      model.provider,
      micronsPerPixel,
    ]),
  };
}

function planGrid({ width, height }: { width: number; height: number }, micronsPerPixel: number, model: ModelRef) {
  const { manifest } = model;
  try {
    return planSlideGrid(width, height, micronsPerPixel / manifest.micronsPerPixel, manifest.tile);
  } catch (cause) {
    const detail = `The model ${manifest.name} cannot score slides of ${micronsPerPixel} µm per pixel: ${(cause as Error).message}.`;
    throw new AppError('invalid_option', detail, { cause });
  }
}

const keyOf = (facts: readonly (string | number)[]) =>
  createHash('sha256').update(JSON.stringify(facts)).digest('hex').slice(0, 16);

/** Names what the nuclei depend on. */
export const nucleiKeyOf = ({ mapKey }: Pick<SlidePlan, 'mapKey'>, probThresh: number): string =>
  `${mapKey}-${probThresh}`;

/** The name of a cell, or of a tile, in the storage. */
export const placeName = ({ column, row }: { column: number; row: number }): string => `${column}-${row}`;
