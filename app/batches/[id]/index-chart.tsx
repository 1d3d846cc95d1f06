import { t } from '@/app/_text/t';
import type { Line } from './lines';

const HEIGHT = 170;
const PAD = 10;
const TICKS = [0, 25, 50, 75, 100];

const yOf = (percent: number) => PAD + (1 - percent / 100) * (HEIGHT - 2 * PAD);

/** The labeling index of each image with its 95 % interval, in the order of the table. */
export function IndexChart({ lines }: { lines: readonly Line[] }) {
  const scored = lines.flatMap(({ key, name, row }) => (row?.result ? [{ key, name, result: row.result }] : []));
  if (scored.length === 0) return null;
  const percents = scored.map(({ result }) => result.scoring.percent_pos);
  const summary = t('% positive of {count} images: {lowest} to {highest} %.', {
    count: scored.length,
    lowest: Math.min(...percents),
    highest: Math.max(...percents),
  });
  return (
    <figure data-testid="batch-chart">
      <div className="flex" role="img" aria-label={summary}>
        <svg width="48" height={HEIGHT} aria-hidden="true">
          {TICKS.map((tick) => (
            <text key={tick} x="42" y={yOf(tick) + 4} textAnchor="end" className="fill-muted text-xs">
              {`${tick} %`}
            </text>
          ))}
        </svg>
        <svg height={HEIGHT} className="min-w-0 grow" aria-hidden="true">
          {TICKS.map((tick) => (
            <line key={tick} x1="0" x2="100%" y1={yOf(tick)} y2={yOf(tick)} className="stroke-line" />
          ))}
          {scored.map(({ key, name, result }, i) => {
            const x = `${(100 * (i + 0.5)) / scored.length}%`;
            const [low, high] = result.percent_pos_interval;
            const { percent_pos: percent, num_total: total } = result.scoring;
            return (
              <g key={key} className="fill-dab stroke-dab">
                <title>
                  {t('{name}: {percent} % of {total} nuclei, {low} to {high} %', {
                    name,
                    total,
                    percent: percent.toFixed(1),
                    low: low.toFixed(1),
                    high: high.toFixed(1),
                  })}
                </title>
                <line x1={x} x2={x} y1={yOf(high)} y2={yOf(low)} strokeWidth={scored.length > 100 ? 1 : 2} />
                <circle cx={x} cy={yOf(percent)} r={scored.length > 100 ? 1.5 : 3} />
              </g>
            );
          })}
        </svg>
      </div>
      <figcaption className="text-muted text-sm">
        {t('% positive by image, in the order of the table. The lines are 95 % intervals.')}
      </figcaption>
    </figure>
  );
}
