import { AppError } from '@/lib/errors';
import { frameOf } from '@/lib/exchange/coordinate-frame';
import { stateSummary } from '@/lib/exchange/score-summary';
import { type PackedFile, packFile } from '@/lib/exports/archive';
import { type Material, writeDocument } from '@/lib/exports/documents';
import { joinSegmented } from '@/lib/scoring/find/band-nuclei';
import { scoreImage } from '@/lib/scoring/score-image';
import { listNuclei } from './list-nuclei';
import type { DocumentWork } from './protocol';

/** Writes the one document that is wanted. */
export async function writeOne(work: DocumentWork): Promise<string | Uint8Array> {
  const [name] = work.documents;
  if (!name) throw new AppError('internal', 'There is no document to write.');
  return writeDocument(name, gather(work), work.options);
}

/** Writes documents and compresses them for an archive. */
export async function packAll(work: DocumentWork): Promise<PackedFile[]> {
  const material = gather(work);
  const packed: PackedFile[] = [];
  for (const name of work.documents)
    packed.push(await packFile(name, await writeDocument(name, material, work.options)));
  return packed;
}

function gather({ exported, scored, reportPicture, options }: DocumentWork): Material {
  const { width, height, result } = exported;
  const micronsPerPixel = result.provenance.microns_per_pixel;
  const found = scored && findNuclei(scored);
  const frame = frameOf('image', { width, height }, result.provenance.selection);
  const summary = exported.summary ?? (found && stateSummary(found.score.summary, { frame, micronsPerPixel }));
  if (!summary) throw new AppError('internal', 'The numbers of this result are not there.');
  const grading = { micronsPerPixel, intensity: gradingIn(summary) };
  return {
    exported: { ...exported, summary },
    nuclei: found ? listNuclei(found, grading, options.features === 'all') : [],
    reportPicture: async () => {
      if (reportPicture) return reportPicture;
      throw new AppError('internal', 'The picture of the report is not there.');
    },
  };
}

function findNuclei({ scene, request, bands }: NonNullable<DocumentWork['scored']>) {
  return scoreImage(scene, request, bands ? joinSegmented(bands, scene.image) : undefined);
}

const gradingIn = ({ intensity: { thresholds } }: Material['exported']['summary']) => ({
  twoPlus: thresholds.two_plus,
  threePlus: thresholds.three_plus,
});
