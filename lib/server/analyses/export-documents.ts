import 'server-only';
import type { ScoringParameters } from '@/lib/contracts/analysis';
import { DOCUMENT_NAMES, type DocumentName, type ExportOptions } from '@/lib/contracts/exports';
import { gradingOf, hotSpotSizeOf, membraneChoiceOf, writeSummaryChoice } from '@/lib/contracts/score-choice';
import { ScoreSummary } from '@/lib/contracts/scores';
import { readThresholds, writeThresholds } from '@/lib/contracts/thresholds';
import { type DocumentRequest, needsNuclei, showsNumbers } from '@/lib/exports/documents';
import { EVERYWHERE } from '@/lib/scoring/gate/apply-regions';
import { completeThresholds } from '@/lib/scoring/thresholds';
import { encodeReportPicture } from '@/lib/server/images/encode-report-picture';
import { packDocuments, type StoredDocuments, writeDocument } from '@/lib/server/inference/write-documents';
import type { Done } from './read-done';
import { keysOf } from './record';
import { scoringOptions } from './scoring-options';
import { workOnPictures } from './short-work';
import { readMaps, readPng } from './stored-pictures';

/**
 * Writes one document of a result.
 *
 * Nuclei are not stored: they are found again on the stored maps, by the kernels that counted them.
 *
 * @returns in shared memory
 * @throws AppError `queue_full`, `cancelled`, `worker_crashed`
 */
export const exportDocument = (done: Done, name: DocumentName, options: ExportOptions, signal: AbortSignal) =>
  fromStored(done, { documents: [name], options }, (work) => writeDocument(work, signal));

/** The same of all documents, each compressed for an archive. */
export const exportPacked = (done: Done, options: ExportOptions, signal: AbortSignal) =>
  fromStored(done, { documents: DOCUMENT_NAMES, options }, (work) => packDocuments(work, signal));

/** Gathers what the documents are written from, and has them written. */
function fromStored<Written>(
  done: Done,
  { documents, options }: DocumentRequest,
  write: (work: StoredDocuments) => Promise<Written>,
): Promise<Written> {
  const { record, run, source, result } = done;
  const stored = ScoreSummary.safeParse(result);
  const summary = stored.success ? stored.data : null;
  const parameters = completeParameters(result);
  const isScored = documents.some((name) => needsNuclei(name, parameters) || (showsNumbers(name) && summary === null));
  return workOnPictures(isScored ? source.width * source.height : 0, async () => {
    const { drawn } = keysOf(record.id).run(run.id);
    return write({
      documents,
      options,
      exported: {
        label: null,
        sample: record.sample,
        createdAt: record.createdAt,
        width: source.width,
        height: source.height,
        result,
        parameters,
        summary,
      },
      scored: isScored ? await storedScene(done) : null,
      reportPicture: documents.includes('report.pdf')
        ? await encodeReportPicture(await readPng(drawn(result.drawing, 'SegOverlaid')))
        : null,
    });
  });
}

async function storedScene(done: Done): Promise<StoredDocuments['scored']> {
  const { parameters, provenance } = done.result;
  const {
    regions = EVERYWHERE,
    corrections = [],
    summary,
    marker,
    teaching,
    excludeOnEdges = false,
  } = scoringOptions(parameters);
  return {
    scene: { ...(await readMaps(done)), micronsPerPixel: provenance.microns_per_pixel },
    request: {
      thresholds: thresholdsOf(done.result),
      regions,
      corrections,
      excludeOnEdges,
      ...(summary && { summary }),
      ...(teaching && { teaching }),
      ...(marker && { marker }),
    },
  };
}

const thresholdsOf = ({ parameters, defaults }: Done['result']) =>
  completeThresholds(readThresholds(parameters), readThresholds(defaults));

/** As the result page states them: nothing is left to the model or the default. */
function completeParameters(result: Done['result']): ScoringParameters {
  const { regions = [], corrections = [], marker, teaching, classifier, ...stated } = result.parameters;
  return {
    ...writeThresholds(thresholdsOf(result)),
    ...writeSummaryChoice(gradingOf(stated), hotSpotSizeOf(stated)),
    exclude_on_edges: stated.exclude_on_edges ?? false,
    ...(marker && { marker }),
    ...membraneChoiceOf(stated),
    ...(teaching && { teaching }),
    ...(classifier && { classifier }),
    regions,
    corrections,
  };
}
