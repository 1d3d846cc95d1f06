import 'server-only';
import type { Annotation } from '@/lib/contracts/annotation';
import type { SlideDescription } from '@/lib/contracts/slide';
import type { TileRegion } from '@/lib/imaging/tiles/plan-tiles';
import type { TileLevel } from '@/lib/pyramid/tile-source';
import type { Polygon } from '@/lib/scoring/gate/roi';
import { startEngine } from '@/lib/server/inference/engine';
import { keysOf } from '@/lib/server/slides/record';
import { SlidePixels } from '@/lib/server/slides/scoring/slide-pixels';
import { findTissue as findTissueInPicture } from '@/workers/protocol';

/** Tissue is told from glass by a level of about this pixel size. */
const LEVEL_UM = 8;
/** Of a slide that states neither pixel size nor objective: that of a scan at 40x, which most are. */
const ASSUMED_UM = 0.25;
const MICRONS_AT_10X = 10;

/** Enough for any outlines that a person would edit; a slide with more of them keeps the largest. */
const MAX_VERTICES = 100_000;
/** Microarrays have a few hundred. */
const MAX_CORES = 1000;

/**
 * Finds the tissue of a slide on a coarse level of its pyramid, and the cores of a tissue microarray. Damaged tiles are left
 * out.
 *
 * @param id - that of the view link
 * @returns one annotation of all tissue, and one of each core
 * @throws AppError `storage_unavailable`, `slide_not_found`, `queue_full`, `worker_crashed`
 */
export async function findTissue(id: string, description: SlideDescription): Promise<Annotation[]> {
  const { width, height, microns_per_pixel: stated, magnification } = description;
  const size = stated ?? (magnification === null ? ASSUMED_UM : MICRONS_AT_10X / magnification);
  // The storage's own patience ends it.
  const { signal } = new AbortController();
  const pixels = await SlidePixels.open(keysOf(id).pyramid, description.bytes, signal);
  const wanted = Math.round(Math.log2(LEVEL_UM / size));
  const level = Math.min(pixels.levels.length - 1, Math.max(0, wanted));
  const { pool } = await startEngine();
  const shape = pixels.levels[level] as TileLevel;
  const { picture, damaged } = await pixels.read({ x: 0, y: 0, width: shape.width, height: shape.height }, level);
  const { tile } = pixels.levels[0] as TileLevel;
  const { outlines, cores } = await pool.run(findTissueInPicture, {
    ...{ picture, slide: { width, height } },
    micronsPerPixel: (size * width) / picture.width,
    damaged: [
      ...description.damaged_tiles.map(({ column, row }) => ({
        x: column * tile.width,
        y: row * tile.height,
        ...tile,
      })),
      ...damaged.map(({ region }) => scaled(region, shape.downsample)),
    ],
  });
  const budget = { vertices: 0 };
  const tissue = withinBudget(outlines, budget);
  return [
    ...(tissue.length === 0
      ? []
      : [annotation('tissue-as-found', { class: 'tissue', origin: 'tissue', polygons: tissue })]),
    ...cores.slice(0, MAX_CORES).flatMap(({ row, column, polygons }) => {
      const kept = withinBudget(polygons, budget);
      const core = { row, column };
      return kept.length === 0
        ? []
        : [
            annotation(`core-${row}-${column}`.padEnd(8, '-'), {
              class: 'other',
              origin: 'core',
              polygons: kept,
              core,
            }),
          ];
    }),
  ];
}

const scaled = ({ x, y, width, height }: TileRegion, by: number): TileRegion => ({
  ...{ x: x * by, y: y * by, width: width * by, height: height * by },
});

function withinBudget(polygons: readonly Polygon[], budget: { vertices: number }): Polygon[] {
  return polygons.filter((rings) => {
    const vertices = rings.reduce((sum, ring) => sum + ring.length, 0);
    if (budget.vertices + vertices > MAX_VERTICES) return false;
    budget.vertices += vertices;
    return true;
  });
}

const annotation = (
  id: string,
  found: Pick<Annotation, 'class' | 'origin' | 'polygons'> & { core?: Annotation['core'] },
): Annotation => ({
  ...{ id, name: '', shape: 'polygon', is_locked: false, is_hidden: false, core: null, rating: null },
  ...found,
});
