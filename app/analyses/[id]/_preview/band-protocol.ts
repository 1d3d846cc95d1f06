import type { Band, BandNuclei } from '@/lib/scoring/find/band-nuclei';
import type { SegmentOptions } from '@/lib/scoring/find/find-nuclei';
import type { NucleusMaps } from '@/lib/scoring/find/nucleus-maps';
import type { WorkerCall } from '../_loading/worker-rpc';

/** Calls of a band worker: `load` once with its rows, then `find` for each threshold. */
export type BandCalls = {
  load: WorkerCall<{ maps: NucleusMaps; band: Band; height: number }, void>;
  find: WorkerCall<SegmentOptions, BandNuclei>;
};
