// A worker whose thread can be ended in mid-task, as a native crash or a lack of memory would.
import { setTimeout } from 'node:timers/promises';
import { getHeapSpaceStatistics } from 'node:v8';

export async function wait({ ms }) {
  await setTimeout(ms);
  return { ok: true, value: ms };
}

export async function die() {
  await setTimeout(20);
  process.exit(134);
}

/** Bytes that the heap of this thread keeps for new objects, after many of them. */
export async function churn() {
  let kept = [];
  for (let n = 0; n < 3_000_000; n++) {
    if (n % 100_000 === 0) kept = [];
    kept.push({ n });
  }
  const spaces = getHeapSpaceStatistics().filter(({ space_name: name }) => name.startsWith('new_'));
  return { ok: true, value: spaces.reduce((sum, { space_size: size }) => sum + size, 0) };
}
