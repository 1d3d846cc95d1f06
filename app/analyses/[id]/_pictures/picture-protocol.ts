import type { Part } from '@/lib/imaging/tiles/compose-tile';
import type { FailureReply } from '../_loading/failures';
import type { LayerName } from './layers';
import type { Inferred } from './view-settings';

export type PictureSource = 'original' | LayerName;

/** What a picture's values are like: 256 counts (of its brightness, where it has colours). */
export type PictureSummary = { width: number; height: number; histogram: Uint32Array };

/** What the picture worker is asked, by name, and what it answers. */
export type PictureCalls = {
  load: (picture: { source: PictureSource; url: string }) => PictureSummary;
  /** `halvings`: 0 is the whole picture, 1 half as wide and high... */
  tile: (wanted: { halvings: number; part: Part; shown: 'original' | Inferred }) => ImageBitmap;
};

export type PictureCallName = keyof PictureCalls;
export type PictureArgument<Name extends PictureCallName> = Parameters<PictureCalls[Name]>[0];
export type PictureAnswer<Name extends PictureCallName> = ReturnType<PictureCalls[Name]>;

export type PictureRequest = {
  [Name in PictureCallName]: { id: number; name: Name; argument: PictureArgument<Name> };
}[PictureCallName];

export type PictureReply =
  | { kind: 'answer'; id: number; value: unknown }
  | ({ kind: 'failure'; id: number } & FailureReply);
