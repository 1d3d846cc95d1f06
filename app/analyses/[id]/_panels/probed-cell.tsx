import { useWorkbench, useWorkbenchActions } from '../_workbench/workbench-context';
import { TEXT_BUTTON } from './panel-section';

/** The nucleus that was pointed at last, to be corrected without a tool in hand. */
export function ProbedCell() {
  const probed = useWorkbench((state) => state.probed);
  const { addCorrection } = useWorkbenchActions();
  if (!probed) return null;
  const { centroidX, centroidY, isPositive, isKept } = probed;
  // The centre of a bent nucleus may lie outside of it; then the correction finds none and counts nothing.
  const place = { x: centroidX + 0.5, y: centroidY + 0.5 };
  return (
    <p className="mt-1.5 flex flex-wrap items-center gap-x-2 text-sm">
      Nucleus at {Math.round(place.x)}, {Math.round(place.y)}:{' '}
      {isKept ? (isPositive ? 'positive' : 'negative') : 'left out'}
      {isKept && (
        <button
          type="button"
          onClick={() => addCorrection({ kind: 'class', ...place, positive: !isPositive })}
          className={TEXT_BUTTON}
        >
          Make {isPositive ? 'negative' : 'positive'}
        </button>
      )}
    </p>
  );
}
