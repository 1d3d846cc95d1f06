import type { Band, BandNuclei } from '@/lib/scoring/find/band-nuclei';
import type { SegmentOptions } from '@/lib/scoring/find/find-nuclei';
import type { NucleusMaps } from '@/lib/scoring/find/nucleus-maps';

/** What a band worker is told: first its rows, then again and again to find their nuclei. */
export type BandRequest =
  | { kind: 'load'; maps: NucleusMaps; band: Band; height: number }
  | { kind: 'find'; options: SegmentOptions };

export type BandReply = { kind: 'found'; nuclei: BandNuclei } | { kind: 'failure'; problem: string };
