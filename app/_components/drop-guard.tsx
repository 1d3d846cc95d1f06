'use client';

import { useEffect, useState } from 'react';
import { richText } from '@/app/_text/t';

const STAYS_MS = 10_000;
const holdsFiles = (event: DragEvent) => event.dataTransfer?.types.includes('Files') ?? false;

/**
 * Catches files that are dropped on a page that takes none. The browser would open the file in place of the page, and
 * changes there would be lost.
 */
export function DropGuard() {
  const [caught, setCaught] = useState(0);
  useEffect(() => {
    const onDragOver = (event: DragEvent) => {
      if (event.defaultPrevented || !holdsFiles(event)) return;
      event.preventDefault();
      if (event.dataTransfer) event.dataTransfer.dropEffect = 'none';
    };
    const onDrop = (event: DragEvent) => {
      if (event.defaultPrevented || !holdsFiles(event)) return;
      event.preventDefault();
      setCaught((n) => n + 1);
    };
    window.addEventListener('dragover', onDragOver);
    window.addEventListener('drop', onDrop);
    return () => {
      window.removeEventListener('dragover', onDragOver);
      window.removeEventListener('drop', onDrop);
    };
  }, []);
  useEffect(() => {
    if (caught === 0) return;
    const timer = setTimeout(() => setCaught(0), STAYS_MS);
    return () => clearTimeout(timer);
  }, [caught]);
  return (
    <p
      role="status"
      data-testid="drop-notice"
      className={
        caught > 0
          ? 'fixed inset-x-4 bottom-4 z-30 mx-auto w-fit max-w-xl text-pretty rounded-lg border border-stage-edge bg-stage px-4 py-2 text-sm text-stage-ink'
          : 'sr-only'
      }
    >
      {caught > 0 &&
        richText('This page takes no files. To analyse another image, drop it on the <a>start page</a>.', {
          // A new tab, so that this page stays open.
          a: (words) => (
            <a key="start" href="/" target="_blank" rel="noreferrer" className="underline underline-offset-3">
              {words}
            </a>
          ),
        })}
    </p>
  );
}
