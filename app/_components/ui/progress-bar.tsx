'use client';

import { Progress } from '@base-ui/react/progress';

/** A progress bar: a fraction from 0 to 1, or null while it is unknown. */
export function ProgressBar({ label, fraction }: { label: string; fraction: number | null }) {
  const percent = fraction === null ? null : Math.round(fraction * 100);
  return (
    <Progress.Root value={percent} className="grid grid-cols-[1fr_auto] gap-y-2">
      <Progress.Label>{label}</Progress.Label>
      <span aria-hidden="true" className="text-muted">
        {percent === null ? '' : `${percent} %`}
      </span>
      <Progress.Track className="col-span-2 h-2 overflow-hidden rounded-full bg-line">
        <Progress.Indicator className="h-full bg-action motion-safe:transition-[width] motion-safe:duration-150 data-indeterminate:w-0" />
      </Progress.Track>
    </Progress.Root>
  );
}
