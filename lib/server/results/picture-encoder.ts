import 'server-only';
import type { ImageName } from '@/lib/contracts/infer';
import type { Raster } from '@/lib/imaging/raster';
import { MODALITIES, MODALITY_TABLE, type Modality } from '@/lib/models/modalities';
import { encodePng } from '@/lib/server/images/encode-png';
import type { ScoredImage } from '@/lib/server/inference/analyse-image';

export type EncodedPicture = { name: ImageName; png: Buffer };

export type PictureEncoder = ReturnType<typeof createEncoder>;

/**
 * Encodes the pictures of a result as they come, side by side: the inferred ones while nuclei are found and scored, in
 * one thread, on them.
 *
 * @param micronsPerPixel - written into every picture
 */
export function createEncoder(micronsPerPixel: number) {
  const pictures: Promise<EncodedPicture>[] = [];

  function add(name: ImageName, raster: Raster | null | undefined): void {
    if (!raster) return;
    const encoding = encodePng(raster, micronsPerPixel).then((png) => ({ name, png }));
    // Where scoring fails first, nobody waits for the pictures any more.
    encoding.catch(() => {});
    pictures.push(encoding);
  }

  return {
    addModalities(modalities: Partial<Record<Modality, Raster>>): void {
      for (const name of MODALITIES) add(MODALITY_TABLE[name].picture, modalities[name]);
    },
    addDrawn({ overlay, refined }: Pick<ScoredImage, 'overlay' | 'refined'>): void {
      add('SegOverlaid', overlay);
      add('SegRefined', refined);
    },
    /**
     * Waits for all pictures, in the order in which they were added.
     *
     * @param onEncoded - told as pictures are done, from 0 to 1
     */
    finish(onEncoded: (fraction: number) => void): Promise<EncodedPicture[]> {
      let done = 0;
      for (const picture of pictures)
        picture.then(
          () => onEncoded(++done / pictures.length),
          () => {},
        );
      return Promise.all(pictures);
    },
  };
}
