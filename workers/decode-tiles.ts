import { decodeTile } from '@/lib/server/images/decode-tile';
import type { TilesToDecode } from './protocol';

/** Decodes tiles into shared memory, side by side. @returns whether each is sound */
export function decodeAll({ tiles, size }: TilesToDecode): Promise<boolean[]> {
  return Promise.all(
    tiles.map(async ({ jpeg, into }) => {
      const picture = await decodeTile(jpeg, size);
      if (picture) into.set(picture.data);
      return picture !== null;
    }),
  );
}
