import { useRouter } from 'next/navigation';
import { useEffect, useReducer, useRef } from 'react';
import { keepGuide } from '@/lib/client/guide';
import { browserMemory, rememberRecent } from '@/lib/client/recent';
import { sentenceOf } from '@/lib/client/sentence-of';
import { AppError } from '@/lib/errors';
import { markerOf } from '@/lib/samples';
import { INITIAL_STATE, nameOf, reduceIntake, type Subject } from './intake-state';

// Loaded when needed, because the schemas of the answers are the largest part of the page.
const loadClient = () => import('@/lib/client/analyses');

/** Failures after which the same file may be accepted. */
const PASSING = [
  'unreachable',
  'rate_limited',
  'queue_full',
  'reader_unavailable',
  'storage_unavailable',
  'terms_not_accepted',
  'internal',
];

const isTooLarge = (error: unknown) => error instanceof AppError && error.code === 'image_too_large';

/** Sends one image to the server and waits until it is checked. */
export function useIntake() {
  const [state, dispatch] = useReducer(reduceIntake, INITIAL_STATE);
  const router = useRouter();
  const work = useRef<AbortController | null>(null);
  /** Id of an analysis that is not checked. It is deleted if the user chooses something else. */
  const unstarted = useRef<string | null>(null);

  function abandon() {
    work.current?.abort();
    const id = unstarted.current;
    unstarted.current = null;
    // If the server does not answer, it deletes the analysis when its time is over.
    if (id)
      loadClient()
        .then(
          ({ deleteAnalysis }) => deleteAnalysis(id),
          () => undefined,
        )
        .catch(() => undefined);
  }
  // biome-ignore lint/correctness/useExhaustiveDependencies: it reads nothing but refs.
  useEffect(() => abandon, []);

  const isSending = state.step === 'sending';
  useEffect(() => {
    if (!isSending) return;
    // Another page cannot continue this upload.
    const ask = (event: BeforeUnloadEvent) => event.preventDefault();
    window.addEventListener('beforeunload', ask);
    return () => window.removeEventListener('beforeunload', ask);
  }, [isSending]);

  async function take(subject: Subject) {
    abandon();
    const controller = new AbortController();
    const { signal } = controller;
    work.current = controller;
    dispatch({ type: 'taken', subject });
    try {
      const { isSlideAtOnce, openSample, startAnalysis, uploadImage } = await loadClient();
      const analysis =
        subject.kind === 'sample'
          ? await openSample(subject.sample.name, { signal })
          : await uploadImage(subject.file, {
              signal,
              onCreated: ({ id }) => {
                unstarted.current = id;
              },
              onProgress: (fraction) => signal.aborted || dispatch({ type: 'sent', fraction }),
              onVerifying: () => dispatch({ type: 'arrived' }),
              onDelayed: (reason) => signal.aborted || dispatch({ type: 'delayed', reason }),
            });
      signal.throwIfAborted();
      unstarted.current = analysis.id;
      if (isSlideAtOnce(analysis) && (await becomeSlide(analysis.id, subject))) return;
      signal.throwIfAborted();
      if (subject.kind === 'sample' && subject.isGuided) {
        const { sample } = subject;
        const scoring = { marker: markerOf(sample) };
        await startAnalysis(analysis.id, { microns_per_pixel: sample.micronsPerPixel, scoring });
        signal.throwIfAborted();
        keepGuide(browserMemory(), { state: 'running', analysis: analysis.id, step: null });
      }
      openPage('analysis', analysis.id, subject);
    } catch (error) {
      if (signal.aborted) return;
      const id = unstarted.current;
      // A slide is read in parts.
      if (id && isTooLarge(error) && (await becomeSlide(id, subject))) return;
      const canRetry = error instanceof AppError && PASSING.includes(error.code);
      dispatch({ type: 'refused', problem: sentenceOf(error), canRetry });
    }
  }

  /** Makes a slide of a file that was sent, and opens its page. @returns false where that was not done */
  async function becomeSlide(analysis: string, subject: Subject): Promise<boolean> {
    const signal = work.current?.signal;
    const { deleteSlide, keepAsSlide } = await import('@/lib/client/slides');
    // Where it fails, the form that comes instead asks again, and says why.
    const slide = await keepAsSlide(analysis).catch(() => null);
    if (!slide) return false;
    if (signal?.aborted) {
      await deleteSlide(slide.id).catch(() => undefined);
      return false;
    }
    openPage('slide', slide.id, subject);
    return true;
  }

  /** Opens the page of the analysis, which is to be started there, or of the slide that the file became. */
  function openPage(kind: 'analysis' | 'slide', id: string, subject: Subject) {
    unstarted.current = null;
    rememberRecent(browserMemory(), { kind, id, label: nameOf(subject) });
    router.push(kind === 'slide' ? `/slides/${id}` : `/analyses/${id}`);
  }

  function cancel() {
    abandon();
    dispatch({ type: 'dismissed' });
  }

  return {
    state,
    take,
    cancel,
    reject: (problem: string) => dispatch({ type: 'rejected', problem }),
  };
}
