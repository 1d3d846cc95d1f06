import type { Memory } from './recent';

/** What this browser knows of the guided first result: which result it goes over and at which step it is, or that it is over. */
export type GuideMemory = { state: 'running'; analysis: string; step: string | null } | { state: 'over' };

const KEY = 'restain-guide';

/** null where it was never started, or where the storage says nothing that can be read. */
export function readGuide(memory: Memory | null): GuideMemory | null {
  try {
    const kept: unknown = JSON.parse(memory?.getItem(KEY) ?? 'null');
    return isGuide(kept) ? kept : null;
  } catch {
    return null;
  }
}

/** The storage can be full or forbidden; then the guide runs, and a reload ends it. */
export function keepGuide(memory: Memory | null, guide: GuideMemory): void {
  try {
    memory?.setItem(KEY, JSON.stringify(guide));
  } catch {
    // Nothing depends on it.
  }
}

function isGuide(kept: unknown): kept is GuideMemory {
  if (typeof kept !== 'object' || kept === null || !('state' in kept)) return false;
  if (kept.state === 'over') return true;
  return (
    kept.state === 'running' &&
    'analysis' in kept &&
    typeof kept.analysis === 'string' &&
    'step' in kept &&
    (kept.step === null || typeof kept.step === 'string')
  );
}
