import { type RefObject, useSyncExternalStore } from 'react';

/** Whether a frame fills the screen, and what switches that. */
export function useFullScreen(frame: RefObject<HTMLElement | null>): { isFull: boolean; swap: () => void } {
  const isFull = useSyncExternalStore(
    subscribe,
    () => frame.current !== null && document.fullscreenElement === frame.current,
    () => false,
  );
  const swap = () => {
    // Not every phone can.
    if (document.fullscreenElement) void document.exitFullscreen();
    else void frame.current?.requestFullscreen?.();
  };
  return { isFull, swap };
}

function subscribe(onChange: () => void): () => void {
  document.addEventListener('fullscreenchange', onChange);
  return () => document.removeEventListener('fullscreenchange', onChange);
}
