import type { Band, BandNuclei } from '@/lib/scoring/find/band-nuclei';
import type { SegmentOptions } from '@/lib/scoring/find/find-nuclei';
import type { NucleusMaps } from '@/lib/scoring/find/nucleus-maps';
import type { WorkerCall } from '../_loading/worker-rpc';

/** What a band worker does: it takes its rows once, and finds their nuclei as often as it is asked. */
export type BandCalls = {
  load: WorkerCall<{ maps: NucleusMaps; band: Band; height: number }, void>;
  find: WorkerCall<SegmentOptions, BandNuclei>;
};
