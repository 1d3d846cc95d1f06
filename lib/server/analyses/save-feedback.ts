import 'server-only';
import type { Feedback } from '@/lib/contracts/analysis';
import { writeJson } from '@/lib/server/runs/stored-json';
import { keysOf } from './record';
import { dropIfDeleted, readRecord } from './stored-analysis';

/** Keeps what somebody thinks of a result beside its parameters. */
export async function saveFeedback(id: string, feedback: Feedback): Promise<void> {
  await readRecord(id);
  await writeJson(keysOf(id).feedback, feedback);
  await dropIfDeleted(id);
}
