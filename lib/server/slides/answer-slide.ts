import 'server-only';
import type { Upload } from '@/lib/contracts/upload';
import { json } from '@/lib/server/http/route';
import { takeOverOrphans } from '@/lib/server/runs/take-up-run';
import { describeSnapshot } from './current-slide';
import { ownerOf } from './run-owner';
import { openSlideRecord, readSnapshot } from './stored-slide';

/** The answer of every endpoint: the slide as it stands now. An ingest that has no server any more is taken over. */
export async function answerSlide(id: string, { status = 200, upload }: { status?: number; upload?: Upload } = {}) {
  const snapshot = await readSnapshot(await openSlideRecord(id));
  const owner = snapshot.isOrphaned ? ownerOf(snapshot.record) : null;
  if (owner) await takeOverOrphans([owner]);
  const slide = await describeSnapshot(snapshot);
  return json(
    { ...slide, ...(upload && { upload }) },
    { status, ...(status !== 200 && { headers: { Location: `/api/slides/${id}` } }) },
  );
}
