import { outlineMask } from '@/lib/imaging/tissue/mask-outlines';
import type { Polygon } from '@/lib/scoring/gate/roi';
import type { HeatMap } from './heat-map';
import { RATINGS, type Rating } from './protocols';

/** An area that a person is to confirm or to change. */
export type ProposedArea = { readonly rating: Rating; readonly polygons: readonly Polygon[] };

/** Side of the squares to count for it, in µm; three by three of them give an index. */
export const RATING_SIDE_UM = 250;
const FEWEST_NUCLEI = 30;
/** In %. Below it Ki67 is negligible. */
const NEGLIGIBLE = 1;
/** A tumour whose squares differ less than this (in percentage points) is of one kind. */
const LEAST_SPREAD = 10;
/** From these indices on, such a tumour is medium and high. */
const UNIFORM_STEPS = [10, 30] as const;

/**
 * Proposes areas of negligible, low, medium and high Ki67 from counts on a grid.
 *
 * The published protocol leaves this to the eye. Here an index up to 1 % is negligible, and the thirds of the range from there
 * to the 95th percentile are low, medium and high. Each square takes the rating that most of its neighbours have.
 *
 * @param map - of the tumour, in squares of `RATING_SIDE_UM`.
 */
export function proposeRatings(map: HeatMap, slide: { width: number; height: number }): ProposedArea[] {
  const index = smoothIndex(map);
  const known = index.filter((value) => !Number.isNaN(value)).sort();
  if (known.length === 0) return [];
  const at = (share: number) => known[Math.floor(share * (known.length - 1))];
  const isUniform = at(0.95) - at(0.05) < LEAST_SPREAD;
  const third = (at(0.95) - NEGLIGIBLE) / 3;
  const steps = [NEGLIGIBLE, NEGLIGIBLE + third, NEGLIGIBLE + 2 * third];
  const uniform = ratingOf(at(0.5), [NEGLIGIBLE, ...UNIFORM_STEPS]);
  let ratings = Int8Array.from(index, (value) =>
    Number.isNaN(value) ? NONE : isUniform ? uniform : ratingOf(value, steps),
  );
  for (let round = 0; round < ROUNDS; round++) ratings = takeMajority(ratings, map);
  return RATINGS.flatMap((rating, number) => {
    const data = Uint8Array.from(ratings, (value) => (value === number ? 1 : 0));
    if (!data.includes(1)) return [];
    const polygons = outlineMask({ data, width: map.columns, height: map.rows }, { x: map.side, y: map.side }, 0);
    const clip = ([x, y]: readonly [number, number]) => [Math.min(x, slide.width), Math.min(y, slide.height)] as const;
    return [{ rating, polygons: polygons.map((rings) => rings.map((ring) => ring.map(clip))) }];
  });
}

const NONE = -1;
const ROUNDS = 2;

/** Place in `RATINGS`. */
const ratingOf = (value: number, steps: readonly number[]): number =>
  value <= steps[0] ? 0 : steps.slice(1).filter((step) => value >= step).length + 1;

/** Index of each square with nuclei, from itself and the eight around it; NaN where they hold too few nuclei. */
function smoothIndex({ columns, rows, total, positive }: HeatMap): Float32Array {
  const index = new Float32Array(total.length).fill(Number.NaN);
  for (let row = 0, i = 0; row < rows; row++)
    for (let column = 0; column < columns; column++, i++) {
      if (total[i] === 0) continue;
      let [all, hot] = [0, 0];
      eachAround(row, column, rows, columns, (j) => {
        all += total[j];
        hot += positive[j];
      });
      if (all >= FEWEST_NUCLEI) index[i] = (100 * hot) / all;
    }
  return index;
}

/** The rating that most of a square and those around it have; its own of several. Squares without one stay so. */
function takeMajority(ratings: Int8Array<ArrayBuffer>, { columns, rows }: HeatMap): Int8Array<ArrayBuffer> {
  const taken = ratings.slice();
  for (let row = 0, i = 0; row < rows; row++)
    for (let column = 0; column < columns; column++, i++) {
      if (ratings[i] === NONE) continue;
      const counts = RATINGS.map(() => 0);
      eachAround(row, column, rows, columns, (j) => {
        if (ratings[j] !== NONE) counts[ratings[j]]++;
      });
      const most = Math.max(...counts);
      if (counts[ratings[i]] < most) taken[i] = counts.indexOf(most);
    }
  return taken;
}

function eachAround(row: number, column: number, rows: number, columns: number, use: (index: number) => void): void {
  for (let r = Math.max(0, row - 1); r <= Math.min(rows - 1, row + 1); r++)
    for (let c = Math.max(0, column - 1); c <= Math.min(columns - 1, column + 1); c++) use(r * columns + c);
}
