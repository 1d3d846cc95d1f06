import { useEffect, useState } from 'react';

/** How far it lies outside of what it goes round, in px. */
const GAP = 4;

/** A ring round the control that a step speaks of. It takes no press, so the control works below it. */
export function Ring({ target }: { target: HTMLElement }) {
  const [box, setBox] = useState<ReturnType<typeof seenBoxOf> | null>(null);
  useEffect(() => {
    const measure = () => setBox(seenBoxOf(target));
    measure();
    const watch = new ResizeObserver(measure);
    watch.observe(target);
    // What is above it can grow too.
    watch.observe(document.body);
    window.addEventListener('scroll', measure, { capture: true, passive: true });
    window.addEventListener('resize', measure);
    return () => {
      watch.disconnect();
      window.removeEventListener('scroll', measure, { capture: true });
      window.removeEventListener('resize', measure);
    };
  }, [target]);
  if (!box || box.width <= 0 || box.height <= 0) return null;
  return (
    <div
      aria-hidden="true"
      style={{ left: box.left, top: box.top, width: box.width, height: box.height }}
      className="pointer-events-none fixed z-10 rounded-lg border-3 border-dab ring-2 ring-paper"
    />
  );
}

/** What is seen of a control and the gap round it, in px of the window: parts that scroll cut it off. */
function seenBoxOf(target: HTMLElement) {
  const box = target.getBoundingClientRect();
  let [left, top, right, bottom] = [box.left - GAP, box.top - GAP, box.right + GAP, box.bottom + GAP];
  for (let above = target.parentElement; above && above !== document.body; above = above.parentElement) {
    if (getComputedStyle(above).overflowY === 'visible') continue;
    const edge = above.getBoundingClientRect();
    [left, top] = [Math.max(left, edge.left), Math.max(top, edge.top)];
    [right, bottom] = [Math.min(right, edge.right), Math.min(bottom, edge.bottom)];
  }
  return { left, top, width: right - left, height: bottom - top };
}
