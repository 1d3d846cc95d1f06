import 'server-only';
import type { Slide } from '@/lib/contracts/slide';
import { describeSlide } from './describe-slide';
import { latestScoring } from './scoring/describe-scoring';
import { openSlideRecord, readSnapshot, type Snapshot } from './stored-slide';

/** The slide of a snapshot, with its latest scoring and fresh links. */
export const describeSnapshot = async (snapshot: Snapshot): Promise<Slide> =>
  describeSlide(snapshot, snapshot.slide && (await latestScoring(snapshot.record.id)));

/** The slide as it stands now, for its page; null where that cannot be told: the page asks itself, and says why. */
export async function slideForPage(id: string): Promise<Slide | null> {
  try {
    return await describeSnapshot(await readSnapshot(await openSlideRecord(id)));
  } catch {
    return null;
  }
}
