// A worker whose thread can be ended in mid-task, as a native crash or a lack of memory would.
import { setTimeout } from 'node:timers/promises';

export async function wait({ ms }) {
  await setTimeout(ms);
  return { ok: true, value: ms };
}

export async function die() {
  await setTimeout(20);
  process.exit(134);
}
