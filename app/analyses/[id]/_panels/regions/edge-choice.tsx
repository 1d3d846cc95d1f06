import { t } from '@/app/_text/t';
import { useMayEdit, useResult, useResultActions } from '../../_result/result-context';

/** Whether nuclei that touch the edge of the picture count, and how many they are. */
export function EdgeChoice() {
  const areExcluded = useResult((state) => state.parameters.excludeOnEdges);
  const count = useResult(
    (state) => state.live?.numbers.edges.count ?? state.analysis.result?.scoring.num_on_edges ?? null,
  );
  const { setExcludeOnEdges } = useResultActions();
  const mayEdit = useMayEdit();
  return (
    <div className="flex flex-wrap items-center justify-between gap-x-3 text-sm">
      {mayEdit ? (
        <label className="flex min-h-11 items-center gap-2 lg:min-h-8">
          <input
            type="checkbox"
            checked={!areExcluded}
            onChange={(event) => setExcludeOnEdges(!event.target.checked)}
            className="size-4 accent-hematoxylin"
          />
          {t('Count nuclei at the edge of the picture')}
        </label>
      ) : (
        <p>{t('Nuclei at the edge of the picture')}</p>
      )}
      {count !== null && (
        <p className="text-muted" data-testid="edge-count">
          {edgeText(count, areExcluded)}
        </p>
      )}
    </div>
  );
}

function edgeText(count: number, areExcluded: boolean): string {
  if (count === 0) return t('None touches it.');
  return areExcluded
    ? t('{count, plural, one {{count} touches it, not counted.} other {{count} touch it, not counted.}}', { count })
    : t('{count, plural, one {{count} touches it.} other {{count} touch it.}}', { count });
}
