import 'server-only';
import type { Progress } from '@/lib/server/inference/analyse-image';
import type { JobContext } from '@/lib/server/jobs/define-job';

/** Shares of the whole progress; inference is nearly all of the time. */
const SHARE = { reading: 0.02, inferring: 0.83, scoring: 0.05, encoding: 0.1 } as const;

export const reportReading = ({ report }: JobContext): void => report({ stage: 'reading', progress: 0 });

/** What comes after the files are decoded. */
export const reportDecoded = ({ report }: JobContext, stage: 'inferring' | 'scoring'): void =>
  report({ stage, progress: SHARE.reading });

export function reportTiles({ report }: JobContext, { stage, tilesDone, tiles }: Progress): void {
  const inferred = SHARE.inferring * (tiles === 0 ? 1 : tilesDone / tiles);
  report({ stage, progress: SHARE.reading + inferred, tilesDone, tiles });
}

/** Reports that pictures are encoded now. Returns what reports the fraction that is encoded. */
export function reportEncoding({ report }: JobContext): (fraction: number) => void {
  const before = 1 - SHARE.encoding;
  report({ stage: 'encoding', progress: before });
  return (fraction) => report({ stage: 'encoding', progress: before + SHARE.encoding * fraction });
}
