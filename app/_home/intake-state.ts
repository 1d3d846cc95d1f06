import type { Sample } from '@/lib/samples';

/** What is to be analysed. */
export type Subject =
  | { kind: 'file'; file: File }
  /** `isGuided`: it is started at once, and its result is explained step by step. */
  | { kind: 'sample'; sample: Sample; isGuided?: boolean };

export type IntakeState =
  | { step: 'waiting'; problem: string | null }
  | { step: 'sending'; subject: Subject; fraction: number }
  /** The server checks the image. */
  | { step: 'checking'; subject: Subject; delay: string | null }
  | { step: 'refused'; subject: Subject; problem: string; canRetry: boolean };

export type IntakeAction =
  | { type: 'rejected'; problem: string }
  | { type: 'taken'; subject: Subject }
  | { type: 'sent'; fraction: number }
  | { type: 'arrived' }
  | { type: 'delayed'; reason: string }
  | { type: 'refused'; problem: string; canRetry: boolean }
  | { type: 'dismissed' };

export const INITIAL_STATE: IntakeState = { step: 'waiting', problem: null };

/** One image, from choice to its own page. Actions that arrive after their step is over change nothing. */
export function reduceIntake(state: IntakeState, action: IntakeAction): IntakeState {
  switch (action.type) {
    case 'rejected':
      // A file that cannot be sent does not replace the one that is there.
      return state.step === 'waiting' ? { ...state, problem: action.problem } : state;
    case 'taken':
      return action.subject.kind === 'file'
        ? { step: 'sending', subject: action.subject, fraction: 0 }
        : { step: 'checking', subject: action.subject, delay: null };
    case 'sent':
      return state.step === 'sending' ? { ...state, fraction: action.fraction } : state;
    case 'arrived':
      return state.step === 'sending' ? { step: 'checking', subject: state.subject, delay: null } : state;
    case 'delayed':
      return state.step === 'checking' ? { ...state, delay: action.reason } : state;
    case 'refused': {
      if (state.step !== 'sending' && state.step !== 'checking') return state;
      const { problem, canRetry } = action;
      return { step: 'refused', subject: state.subject, problem, canRetry };
    }
    case 'dismissed':
      return INITIAL_STATE;
  }
}

export const nameOf = (subject: Subject) => (subject.kind === 'file' ? subject.file.name : subject.sample.title);
