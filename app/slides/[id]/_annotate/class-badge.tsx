import { CLASS_LOOKS } from '@/app/_annotate/class-looks';
import type { AnnotationClass } from '@/lib/contracts/annotation';

const [WIDTH, HEIGHT] = [26, 18];

/** The letter, colour and stroke of a class, as they are in the picture. */
export function ClassBadge({ of }: { of: AnnotationClass }) {
  const { letter, colour, dash, width } = CLASS_LOOKS[of];
  return (
    <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} className="h-4.5 w-6.5 shrink-0" aria-hidden="true">
      <rect x="0.5" y="0.5" width={WIDTH - 1} height={HEIGHT - 1} rx="3" className="fill-stage" />
      <text x="4" y="12.5" className="fill-stage-ink font-semibold text-[10px]">
        {letter}
      </text>
      <line
        {...{ x1: 14, x2: 24, y1: HEIGHT / 2, y2: HEIGHT / 2, stroke: colour, strokeWidth: width }}
        strokeDasharray={dash.map((length) => length / 2).join(' ')}
      />
    </svg>
  );
}
