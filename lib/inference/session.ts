import type { Raster } from '@/lib/imaging/raster';
import type { ModelManifest } from '@/lib/models/manifest';
import type { Modality } from '@/lib/models/modalities';

/**
 * An open network. `workers/onnx-session.ts` implements it by ONNX Runtime in a worker thread of the server; another runtime
 * can take its place.
 */
export type Session = {
  readonly manifest: ModelManifest;
  /**
   * Runs one tile of any size that is a multiple of the manifest's.
   *
   * @param tile - RGB, sides multiples of the manifest's `multiple`
   * @param modalities - the wanted outputs
   * @param staining - of the whole image, if the manifest asks for it; else null
   * @returns pictures of the tile's size, one for each modality
   */
  run(tile: Raster, modalities: readonly Modality[], staining: Float32Array | null): Promise<Map<Modality, Raster>>;
};
