import { serveCalls } from '@/app/_loading/worker-rpc';
import { segmentBand } from '@/lib/scoring/find/band-nuclei';
import { keepPlanes, type NucleusPlanes } from '@/lib/scoring/find/nucleus-planes';
import type { BandCalls } from './band-protocol';

type Loaded = Omit<BandCalls['load']['argument'], 'maps'> & { planes: NucleusPlanes };
let loaded: Loaded | null = null;

serveCalls<BandCalls>(
  {
    load({ maps, band, height }) {
      loaded = { planes: keepPlanes(maps), band, height };
    },
    find(options) {
      if (!loaded) throw new Error('The pictures are not loaded yet.');
      return segmentBand(loaded.planes, loaded.band, loaded.height, options);
    },
  },
  {
    find: ({ contours, runs }) =>
      [contours.offsets, contours.points, runs.from, runs.to, runs.nucleus].map(({ buffer }) => buffer as ArrayBuffer),
  },
);
