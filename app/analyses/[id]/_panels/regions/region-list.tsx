import { useMemo } from 'react';
import { useAnnotationStore, useAnnotations } from '@/app/_annotate/annotation-context';
import { areaText } from '@/app/_annotate/area-text';
import { TEXT_BUTTON } from '@/app/_components/panel-section';
import { t } from '@/app/_text/t';
import { boundsOf, openRings } from '@/lib/annotations/points';
import type { Region } from '@/lib/contracts/analysis';
import { useMayEdit, useResult, useResultActions } from '../../_result/result-context';
import { areasOf, scoreRegions } from './score-regions';

/** The regions, each with its own labeling index and area. */
export function RegionList() {
  const regions = useResult((state) => state.parameters.regions);
  const live = useResult((state) => state.live);
  const image = useResult((state) => state.analysis.source);
  const scores = useMemo(() => live && scoreRegions(live, regions), [live, regions]);
  const areas = useMemo(() => image && areasOf(regions, image), [image, regions]);
  if (regions.length === 0) return <p className="mt-1.5 text-muted text-sm">{t('None: the whole image counts.')}</p>;
  return (
    <ul aria-label={t('Regions')} className="mt-2 divide-y divide-line">
      {regions.map((region, place) => (
        <RegionRow
          key={region.id}
          region={region}
          place={place}
          isOneOfMany={regions.length > 1}
          score={scores?.[place] ?? null}
          areaPx={areas?.[place] ?? null}
        />
      ))}
    </ul>
  );
}

type RegionRowProps = {
  region: Region;
  place: number;
  isOneOfMany: boolean;
  score: string | null;
  areaPx: number | null;
};

function RegionRow({ region: { id, name, kind, enabled, rings }, place, isOneOfMany, score, areaPx }: RegionRowProps) {
  const micronsPerPixel = useResult((state) => state.micronsPerPixel);
  const isSelected = useAnnotations((state) => state.selected.includes(id));
  const editor = useAnnotationStore();
  const mayEdit = useMayEdit();
  const { changeRegion, removeRegion, countOnly, setTool } = useResultActions();
  const polygons = useMemo(() => openRings([rings]), [rings]);
  function edit() {
    setTool('regions');
    const { actions, pane } = editor.getState();
    actions.select([id]);
    pane?.show(boundsOf(polygons));
  }
  return (
    <li className={`py-1 text-sm ${isSelected ? 'border-hematoxylin border-l-3 pl-2' : ''}`}>
      <div className="flex items-center gap-2">
        <input
          type="checkbox"
          aria-label={t('{region} counts', { region: name })}
          checked={enabled}
          onChange={(event) => changeRegion(id, { enabled: event.target.checked })}
          className="size-4.5 shrink-0"
        />
        <div className="min-w-0 grow">
          <input
            aria-label={t('Name of region {number}', { number: place + 1 })}
            value={name}
            maxLength={200}
            onChange={(event) => changeRegion(id, { name: event.target.value })}
            className="w-full rounded border border-transparent bg-transparent px-1 hover:border-edge focus:border-edge"
          />
          <p className="flex flex-wrap gap-x-3 px-1 text-muted text-xs">
            <span data-testid="region-score">{kind === 'exclude' ? t('excluded') : score}</span>
            <span data-testid="region-area">{areaPx !== null && areaText(areaPx, micronsPerPixel)}</span>
          </p>
        </div>
      </div>
      <div hidden={!mayEdit} className="pl-6.5">
        <button type="button" aria-label={t('Edit {region}', { region: name })} onClick={edit} className={TEXT_BUTTON}>
          {t('Edit')}
        </button>
        {isOneOfMany && kind === 'include' && (
          <button
            type="button"
            aria-label={t('Only {region}', { region: name })}
            onClick={() => countOnly(id)}
            className={TEXT_BUTTON}
          >
            {t('Only this')}
          </button>
        )}
        <button
          type="button"
          aria-label={t('Delete {region}', { region: name })}
          onClick={() => removeRegion(id)}
          className={TEXT_BUTTON}
        >
          {t('Delete')}
        </button>
      </div>
    </li>
  );
}
