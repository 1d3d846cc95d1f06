import { areaPath, axisTicks, PLOT } from './plot-paths';

type ThresholdPlotProps = {
  /** Values of 0 to 1, evenly spaced over the axis, or over the first `share` of it. */
  values: ArrayLike<number>;
  share?: number;
  /** The range that is kept, as shares of the axis. */
  kept: readonly [from: number, to: number];
  /** The value of the probed nucleus, as a share of the axis. */
  probed: number | null;
};

/** The curve under the handles. The range that is kept is coloured, the rest is grey. */
export function ThresholdPlot({ values, share = 1, kept: [from, to], probed }: ThresholdPlotProps) {
  const path = areaPath(values, share);
  const clip = `inset(0 ${100 * (1 - to)}% 0 ${100 * from}%)`;
  return (
    <>
      <svg
        viewBox={`0 0 ${PLOT.width} ${PLOT.height}`}
        preserveAspectRatio="none"
        className="absolute inset-0 size-full"
        aria-hidden="true"
      >
        <path d={path} className="fill-line" />
        <path d={path} className="fill-hematoxylin/55" style={{ clipPath: `view-box ${clip}` }} />
      </svg>
      {probed !== null && (
        <span
          data-testid="probe-tick"
          style={{ left: `${100 * Math.min(1, probed)}%` }}
          className="absolute inset-y-0 -ml-px w-0.5 bg-dab"
        >
          <span className="absolute -top-1 -left-1 size-2.5 rotate-45 bg-dab" />
        </span>
      )}
    </>
  );
}

/** The unit is written beyond this share of the axis, so no number is. */
const LAST_TICK = 0.82;

/** The axis of a plot, with round numbers. */
export function PlotAxis({ max, unit }: { max: number; unit: string }) {
  return (
    <div aria-hidden="true" className="relative mx-3.5 h-4 text-muted text-xs">
      {axisTicks(max)
        .filter((tick) => tick < LAST_TICK * max)
        .map((tick) => (
          <span key={tick} style={{ left: `${(100 * tick) / max}%` }} className="absolute -translate-x-1/2">
            {tick}
          </span>
        ))}
      <span className="absolute right-0 translate-x-3">{unit}</span>
    </div>
  );
}
