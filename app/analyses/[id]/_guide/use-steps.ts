import { useEffect, useState } from 'react';
import { keepGuide, readGuide } from '@/lib/client/guide';
import { browserMemory } from '@/lib/client/recent';
import { useResultStore } from '../_result/result-context';
import { findTarget } from './find-target';
import { STEPS, type Step } from './steps';

/** Where the guide is: the step, the control that it points at, and whether its task was done. A reload goes on at the same step. */
export function useSteps(onEnd: () => void) {
  const store = useResultStore();
  const [at, setAt] = useState(() => firstStep(store.getState().analysis.id));
  const [target, setTarget] = useState<HTMLElement | null>(null);
  const [isDone, setDone] = useState(false);
  const step = STEPS[at] as Step;

  /** The next step that this result has, from a place on in a direction; -1 = none. */
  function reach(from: number, by: 1 | -1): number {
    const state = store.getState();
    for (let i = from; i >= 0 && i < STEPS.length; i += by) if (STEPS[i]?.isThere?.(state) !== false) return i;
    return -1;
  }
  function end() {
    keepGuide(browserMemory(), { state: 'over' });
    onEnd();
  }
  function go(by: 1 | -1) {
    const next = reach(at + by, by);
    if (next >= 0) setAt(next);
    else if (by === 1) end();
  }

  // biome-ignore lint/correctness/useExhaustiveDependencies: `go` reads nothing but the store and `at`.
  useEffect(() => {
    const abort = new AbortController();
    const { analysis } = store.getState();
    keepGuide(browserMemory(), { state: 'running', analysis: analysis.id, step: step.name });
    setDone(false);
    void findTarget(step, abort.signal).then((found) => {
      if (abort.signal.aborted) return;
      if (found) setTarget(found);
      else go(1);
    });
    return () => abort.abort();
  }, [step, store]);

  useEffect(() => {
    const { task } = step;
    if (!task) return;
    const before = task.watch(store.getState());
    return store.subscribe((state) => task.watch(state) !== before && setDone(true));
  }, [step, store]);

  return { step, target, isDone, isFirst: reach(at - 1, -1) < 0, isLast: reach(at + 1, 1) < 0, go, end };
}

function firstStep(analysis: string): number {
  const kept = readGuide(browserMemory());
  if (kept?.state !== 'running' || kept.analysis !== analysis) return 0;
  return Math.max(
    0,
    STEPS.findIndex(({ name }) => name === kept.step),
  );
}
