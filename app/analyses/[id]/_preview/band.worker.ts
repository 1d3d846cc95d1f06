import { type Band, segmentBand } from '@/lib/scoring/find/band-nuclei';
import { keepPlanes, type NucleusPlanes } from '@/lib/scoring/find/nucleus-planes';
import { refuseUnreadable } from '../_loading/start-worker';
import type { BandReply, BandRequest } from './band-protocol';

/** The worker's side of `self`, without a second set of global types. */
type Port = {
  onmessage: ((event: MessageEvent<BandRequest>) => void) | null;
  onmessageerror: (() => void) | null;
  postMessage: (reply: BandReply, transfer?: Transferable[]) => void;
};
const port = self as unknown as Port;
refuseUnreadable(port);

let loaded: { planes: NucleusPlanes; band: Band; height: number } | null = null;

port.onmessage = ({ data: request }) => {
  if (request.kind === 'load') {
    const { maps, band, height } = request;
    loaded = { planes: keepPlanes(maps), band, height };
    return;
  }
  try {
    if (!loaded) throw new Error('The pictures are not loaded yet.');
    const nuclei = segmentBand(loaded.planes, loaded.band, loaded.height, request.options);
    const { contours, runs } = nuclei;
    const heavy = [contours.offsets, contours.points, runs.from, runs.to, runs.nucleus];
    port.postMessage(
      { kind: 'found', nuclei },
      heavy.map(({ buffer }) => buffer as ArrayBuffer),
    );
  } catch (error) {
    port.postMessage({ kind: 'failure', problem: error instanceof Error ? error.message : String(error) });
  }
};
