import { useEffect, useReducer, useRef } from 'react';
import type { Resolution } from '@/lib/contracts/options';
import { AppError } from '@/lib/errors';
import { INITIAL_STATE, isRunning, reduceAnalysis } from './analysis-state';
import { formatBytes } from './format';

/** One image at a time, from choosing it to its result. */
export function useAnalysis(maxBytes: number) {
  const [state, dispatch] = useReducer(reduceAnalysis, INITIAL_STATE);
  const abort = useRef<AbortController | null>(null);

  // An analysis that nobody waits for is a waste of the server's time.
  useEffect(() => () => abort.current?.abort(), []);

  const fail = (problem: string) => dispatch({ type: 'failed', problem });

  function choose(files: readonly File[]) {
    const [file] = files;
    if (!file || isRunning(state.run)) return;
    if (files.length > 1) fail(`Restain takes one image at a time; these were ${files.length}.`);
    else if (file.size === 0) fail(`${file.name} is empty: it holds 0 bytes.`);
    else if (file.size > maxBytes)
      fail(`${file.name} is ${formatBytes(file.size)}; this server takes images of up to ${formatBytes(maxBytes)}.`);
    else dispatch({ type: 'chosen', file });
  }

  async function start() {
    if (!state.file || isRunning(state.run)) return;
    const controller = new AbortController();
    const { signal } = controller;
    abort.current = controller;
    let cancelOnServer: (() => Promise<void>) | undefined;
    dispatch({ type: 'started' });
    try {
      // Loaded when it is needed: the schemas of the answers are the heaviest part of the page.
      const { cancelTask, pollTask, submitImage } = await import('@/lib/client/api');
      const onUploadProgress = (fraction: number) => dispatch({ type: 'sent', fraction });
      const options = { resolution: state.resolution };
      const { taskId } = await submitImage(state.file, options, { signal, onUploadProgress });
      cancelOnServer = () => cancelTask(taskId);
      signal.throwIfAborted();
      dispatch({ type: 'queued' });
      const result = await pollTask(taskId, {
        signal,
        onUpdate: (status) => dispatch({ type: 'progressed', status }),
      });
      dispatch({ type: 'finished', result });
    } catch (error) {
      if (!signal.aborted) fail(sentenceOf(error));
      // The server may be gone, which is as good as cancelled.
      else cancelOnServer?.().catch(() => undefined);
    }
  }

  function cancel() {
    abort.current?.abort();
    dispatch({ type: 'cancelled' });
  }

  return {
    state,
    choose,
    start,
    cancel,
    dismiss: () => dispatch({ type: 'dismissed' }),
    pickResolution: (resolution: Resolution) => dispatch({ type: 'resolutionPicked', resolution }),
  };
}

function sentenceOf(error: unknown): string {
  if (error instanceof AppError) return error.detail;
  console.error(error);
  return 'The page failed to read the answer of the server.';
}
