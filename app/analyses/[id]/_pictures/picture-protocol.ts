import type { WorkerCall } from '@/app/_loading/worker-rpc';
import type { Raster } from '@/lib/imaging/raster';
import type { TilePart } from '@/lib/imaging/tiles/compose-tile';
import type { LayerName } from './layers';
import type { Inferred } from './view-settings';

export type PictureSource = 'original' | LayerName;

/** The size of a picture, and a histogram of 256 counts: of its values, or of the brightness of an RGB picture. */
export type PictureSummary = { width: number; height: number; histogram: Uint32Array };

/** The calls of the picture worker. */
export type PictureCalls = {
  /** By its address, or as it was read elsewhere. */
  load: WorkerCall<{ source: PictureSource } & ({ url: string } | { picture: Raster }), PictureSummary>;
  /** `halvings`: 0 = full size, 1 = half as wide and high... */
  tile: WorkerCall<{ halvings: number; part: TilePart; shown: 'original' | Inferred }, ImageBitmap>;
};
