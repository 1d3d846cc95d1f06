import type { Line } from './edit-labels';
import type { GatedNuclei } from './gate-nuclei';
import type { ReshapedNuclei } from './reshape-nuclei';

/** A change made by hand at a point: image pixels, x to the right, y down. */
export type PointCorrection =
  | { readonly kind: 'class'; readonly x: number; readonly y: number; readonly positive: boolean }
  | { readonly kind: 'delete'; readonly x: number; readonly y: number }
  | { readonly kind: 'add'; readonly x: number; readonly y: number; readonly positive: boolean };

/** `split` cuts along the line from one point to another, `join` makes one of the nuclei at two points. */
export type Correction = PointCorrection | ({ readonly kind: 'split' } & Line) | ({ readonly kind: 'join' } & Line);

/** Corrections that had an effect, by kind. */
export type PointCorrectionCounts = { readonly class: number; readonly delete: number; readonly add: number };
export type CorrectionCounts = PointCorrectionCounts & { readonly split: number; readonly join: number };

/**
 * Applies corrections in order. Each belongs to the nucleus that covers its point, so that it holds for other thresholds
 * too. All but `add` have no effect where no kept nucleus is; `add` keeps a nucleus that a gate has dropped. The parts of a
 * nucleus that is cut have its class, and one that is joined from two that of the first.
 *
 * @param reshaped - of the same corrections. A nucleus that one of them makes is kept from that one on.
 * @param gated - of the found nuclei, after the thresholds. Regions are applied afterwards, so that a drawn nucleus
 *   outside of them does not count.
 * @param taught - classes of the found nuclei that are left, if somebody taught others; those of `gated` by default
 */
export function applyCorrections(
  reshaped: ReshapedNuclei,
  gated: GatedNuclei,
  corrections: readonly Correction[],
  taught?: Uint8Array,
): { gated: GatedNuclei; applied: CorrectionCounts } {
  const applied = { class: 0, delete: 0, add: 0, split: 0, join: 0 };
  const { entries, targets, ever } = reshaped;
  const kept = new Uint8Array(ever);
  const positive = new Uint8Array(ever);
  kept.set(gated.kept);
  positive.set(gated.positive);
  taught?.forEach((isPositive, n) => {
    positive[entries?.[n] ?? n] = isPositive;
  });
  for (const [i, correction] of corrections.entries()) {
    const [k, other] = targets.subarray(2 * i, 2 * i + 2);
    if (k < 0) continue;
    if (correction.kind === 'join') {
      if (other < 0 || (kept[k] === 0 && kept[other] === 0)) continue;
      if (kept[k] === 0) positive[k] = positive[other];
      kept[k] = 1;
      kept[other] = 0;
    } else if (correction.kind !== 'add' && kept[k] === 0) continue;
    else if (correction.kind === 'split') {
      if (other < 0) continue;
      kept[other] = 1;
      positive[other] = positive[k];
    } else {
      kept[k] = correction.kind === 'delete' ? 0 : 1;
      if (correction.kind !== 'delete') positive[k] = correction.positive ? 1 : 0;
    }
    applied[correction.kind]++;
  }
  const left = (column: Uint8Array) => (entries === null ? column : Uint8Array.from(entries, (k) => column[k]));
  return { gated: { kept: left(kept), positive: left(positive) }, applied };
}
