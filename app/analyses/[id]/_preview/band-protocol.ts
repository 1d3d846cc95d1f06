import type { WorkerCall } from '@/app/_loading/worker-rpc';
import type { Band, BandNuclei } from '@/lib/scoring/find/band-nuclei';
import type { SegmentOptions } from '@/lib/scoring/find/find-nuclei';
import type { NucleusMaps } from '@/lib/scoring/find/nucleus-maps';

/** Calls of a band worker: `load` once with its rows, then `find` for each threshold. */
export type BandCalls = {
  load: WorkerCall<{ maps: NucleusMaps; band: Band; height: number }, void>;
  find: WorkerCall<SegmentOptions, BandNuclei>;
};
