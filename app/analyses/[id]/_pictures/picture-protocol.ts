import type { TilePart } from '@/lib/imaging/tiles/compose-tile';
import type { WorkerCall } from '../_loading/worker-rpc';
import type { LayerName } from './layers';
import type { Inferred } from './view-settings';

export type PictureSource = 'original' | LayerName;

/** What a picture's values are like: 256 counts (of its brightness, where it has colours). */
export type PictureSummary = { width: number; height: number; histogram: Uint32Array };

/** What the picture worker does, by name. */
export type PictureCalls = {
  load: WorkerCall<{ source: PictureSource; url: string }, PictureSummary>;
  /** `halvings`: 0 is the whole picture, 1 half as wide and high... */
  tile: WorkerCall<{ halvings: number; part: TilePart; shown: 'original' | Inferred }, ImageBitmap>;
};
