import type { InferResult } from '@/lib/contracts/infer';
import type { Resolution } from '@/lib/contracts/options';
import type { TaskStatus } from '@/lib/contracts/task';

/** Where an analysis stands. */
export type Run =
  | { step: 'waiting' }
  | { step: 'sending'; fraction: number }
  | { step: 'analysing'; status: TaskStatus | null }
  | { step: 'done'; result: InferResult };

export type AnalysisState = {
  /** The chosen image; stays chosen whatever happens to its analysis. */
  file: File | null;
  resolution: Resolution;
  run: Run;
  /** A sentence: why the last thing that was asked for did not happen. */
  problem: string | null;
};

export type AnalysisAction =
  | { type: 'chosen'; file: File }
  | { type: 'dismissed' }
  | { type: 'resolutionPicked'; resolution: Resolution }
  | { type: 'started' }
  | { type: 'sent'; fraction: number }
  | { type: 'queued' }
  | { type: 'progressed'; status: TaskStatus }
  | { type: 'finished'; result: InferResult }
  | { type: 'cancelled' }
  | { type: 'failed'; problem: string };

export const INITIAL_STATE: AnalysisState = {
  file: null,
  // What the server takes, too, when nobody says.
  resolution: '20x',
  run: { step: 'waiting' },
  problem: null,
};

export const isRunning = (run: Run) => run.step === 'sending' || run.step === 'analysing';

export function reduceAnalysis(state: AnalysisState, action: AnalysisAction): AnalysisState {
  switch (action.type) {
    case 'chosen':
      return { ...state, file: action.file, run: { step: 'waiting' }, problem: null };
    case 'dismissed':
      return { ...INITIAL_STATE, resolution: state.resolution };
    case 'resolutionPicked':
      return { ...state, resolution: action.resolution };
    case 'started':
      return { ...state, run: { step: 'sending', fraction: 0 }, problem: null };
    case 'sent':
      return state.run.step === 'sending' ? { ...state, run: { step: 'sending', fraction: action.fraction } } : state;
    case 'queued':
      return state.run.step === 'sending' ? { ...state, run: { step: 'analysing', status: null } } : state;
    case 'progressed':
      return state.run.step === 'analysing' ? { ...state, run: { step: 'analysing', status: action.status } } : state;
    case 'finished':
      return state.run.step === 'analysing' ? { ...state, run: { step: 'done', result: action.result } } : state;
    case 'cancelled':
      return { ...state, run: { step: 'waiting' } };
    case 'failed':
      return { ...state, run: state.run.step === 'done' ? state.run : { step: 'waiting' }, problem: action.problem };
  }
}
