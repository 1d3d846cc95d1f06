import { useMemo } from 'react';
import { areaText } from '@/app/_annotate/area-text';
import { PrintedFacts } from '@/app/_components/printed-facts';
import { t } from '@/app/_text/t';
import { reportRows } from '@/lib/exports/report-rows';
import { exportedOf } from '../_downloads/exported-of';
import { useResult, useResultStore } from '../_result/result-context';
import { hasUnsavedChanges } from '../_result/result-store';
import { areasOf, scoreRegions } from './regions/score-regions';
import { ScoreDetails } from './score/score-details';
import { ScoreHeadline } from './score/score-headline';
import { ScoreInterval } from './score/score-interval';
import { KeyWarnings } from './score/warning-list';

/** The result on paper, below its picture: what to file of it, and nothing to press. */
export function PrintedSheet() {
  const exported = exportedOf(useResultStore().getState());
  if (!exported) return <p>{t('The numbers were still on their way when this was printed.')}</p>;
  return (
    <section aria-label={t('Printed result')} className="space-y-3">
      {exported.label && <p className="wrap-anywhere font-semibold text-lg">{exported.label}</p>}
      <div>
        <ScoreHeadline />
        <ScoreInterval />
      </div>
      <div className="space-y-1.5">
        <KeyWarnings />
        <ScoreDetails />
      </div>
      <Regions />
      <Settings rows={reportRows(exported)} />
    </section>
  );
}

function Regions() {
  const regions = useResult((state) => state.parameters.regions);
  const live = useResult((state) => state.live);
  const micronsPerPixel = useResult((state) => state.micronsPerPixel);
  const image = useResult((state) => state.analysis.source);
  const scores = useMemo(() => live && scoreRegions(live, regions), [live, regions]);
  const areas = useMemo(() => image && areasOf(regions, image), [image, regions]);
  if (regions.length === 0) return null;
  return (
    <table className="w-full text-left text-xs">
      <caption className="mb-1 text-left font-semibold text-sm">{t('Regions')}</caption>
      <thead className="border-line border-b text-muted">
        <tr>
          {[t('Region'), '', t('Positive nuclei'), t('Area')].map((head) => (
            <th key={head} scope="col" className="py-0.5 pr-4 font-normal">
              {head}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {regions.map(({ id, name, kind, enabled }, place) => (
          <tr key={id} className="break-inside-avoid border-line border-b">
            <th scope="row" className="wrap-anywhere py-0.5 pr-4 font-normal">
              {name}
            </th>
            <td className="pr-4">{!enabled ? t('switched off') : kind === 'exclude' ? t('left out') : t('counts')}</td>
            <td className="pr-4">{kind === 'exclude' ? '' : scores?.[place]}</td>
            <td>{areas && areaText(areas[place] ?? 0, micronsPerPixel)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** The settings and where the numbers come from, as the report states them. */
function Settings({ rows }: { rows: [label: string, value: string][] }) {
  const isChanged = useResult(hasUnsavedChanges);
  return (
    <PrintedFacts title={t('Numbers and settings')} rows={rows}>
      {isChanged && (
        <p className="mb-1">{t('Unsaved changes: corrections and warnings are those that were saved last.')}</p>
      )}
    </PrintedFacts>
  );
}
