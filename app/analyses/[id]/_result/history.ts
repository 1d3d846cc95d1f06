import type { Parameters } from '../_preview/parameters';

/** What undo brings back. What was taught has steps of its own, but for steps that changed all. */
type Step = Omit<Parameters, 'teaching' | 'classifier'> | Parameters;

/** Steps of this visit. */
export type History = {
  /** What was before each step, the first one first. */
  past: readonly Step[];
  /** What was before each step back. */
  future: readonly Step[];
  /** What the last step has changed, where more of the same belongs to it: a slider that moves on, a name that is typed. */
  lastChanged: string | null;
};

export const NO_HISTORY: History = { past: [], future: [], lastChanged: null };

/** Each step holds lists of regions and corrections of its own. */
const MAX_STEPS = 200;

/** The history after a change of these parameters. @param changed - null: the change is a step of its own */
export function remember({ past, lastChanged }: History, before: Parameters, changed: string | null): History {
  const isSame = changed !== null && changed === lastChanged;
  return {
    past: isSame ? past : [...past, stepOf(before)].slice(-MAX_STEPS),
    future: [],
    lastChanged: changed,
  };
}

/** The history after a change of everything, with what was taught. */
export const rememberAll = ({ past }: History, before: Parameters): History => ({
  past: [...past, before].slice(-MAX_STEPS),
  future: [],
  lastChanged: null,
});

type Moved = History & { parameters: Parameters };

/** One step back; null where there is none. Corrections of an earlier visit go back one by one. */
export function stepBack({ past, future }: History, parameters: Parameters): Moved | null {
  const { corrections } = parameters;
  const earlier = corrections.length > 0 ? { ...stepOf(parameters), corrections: corrections.slice(0, -1) } : null;
  const step = past.at(-1) ?? earlier;
  if (!step) return null;
  return {
    past: past.slice(0, -1),
    future: [...future, like(step, parameters)],
    lastChanged: null,
    parameters: { ...parameters, ...step },
  };
}

/** One step forth; null where none was taken back. */
export function stepForth({ past, future }: History, parameters: Parameters): Moved | null {
  const step = future.at(-1);
  if (!step) return null;
  return {
    past: [...past, like(step, parameters)],
    future: future.slice(0, -1),
    lastChanged: null,
    parameters: { ...parameters, ...step },
  };
}

/** What brings these parameters back after that step. */
const like = (step: Step, parameters: Parameters): Step => ('teaching' in step ? parameters : stepOf(parameters));

function stepOf({ teaching: _, classifier: __, ...step }: Parameters): Step {
  return step;
}
