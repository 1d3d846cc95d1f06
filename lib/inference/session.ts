import type { Raster } from '@/lib/imaging/raster';
import type { ModelManifest } from '@/lib/models/manifest';
import type { Modality } from '@/lib/models/modalities';

/**
 * An open network, whatever runs it: ONNX Runtime in a worker thread of the server (`workers/onnx-session.ts`), or another
 * runtime of the same kind.
 */
export type Session = {
  readonly manifest: ModelManifest;
  /**
   * Runs one tile of any size that is a multiple of the manifest's.
   *
   * @param tile - RGB, sides multiples of the manifest's `multiple`
   * @param modalities - the outputs that are wanted
   * @param staining - of the whole image, where the manifest asks for it
   * @returns pictures of the tile's size, one a modality
   */
  run(tile: Raster, modalities: readonly Modality[], staining: Float32Array | null): Promise<Map<Modality, Raster>>;
};
