import { useState } from 'react';
import { useAnnotations } from '@/app/_annotate/annotation-context';
import { FILE_MENU, PanelSection } from '@/app/_components/panel-section';
import { t } from '@/app/_text/t';
import { boundsOf } from '@/lib/annotations/points';
import { ARCHIVE, archiveName } from '@/lib/contracts/exports';
import {
  MAX_MODALITY_PIXELS,
  MODALITIES_FILE,
  modalitiesPath,
  type SlideFileName,
  slideExportPath,
} from '@/lib/contracts/slide-exports';
import { FileLink } from './file-link';
import { expectedArchiveBytes, expectedBytes } from './saved-share';
import { useScoring } from './scoring-context';

/** What each file is for. */
const FILES: readonly { name: SlideFileName; text: string }[] = [
  { name: 'report.pdf', text: t('Report (PDF)') },
  { name: 'scores.json', text: t('Numbers (JSON)') },
  { name: 'regions.geojson', text: t('Regions and hot spots (GeoJSON)') },
  { name: 'nuclei.geojson.gz', text: t('Nuclei for QuPath (GeoJSON, compressed)') },
  { name: 'nuclei.csv.gz', text: t('Nuclei as a table (CSV, compressed)') },
  { name: 'nuclei.parquet', text: t('Nuclei as GeoParquet') },
  { name: 'heatmap.png', text: t('Heat map (PNG)') },
  { name: 'heatmap.ome.tif', text: t('Heat maps with values (OME-TIFF)') },
];

/** The result as files, which the server writes by what is saved. */
export function SaveSection({ id }: { id: string }) {
  const hasNuclei = useScoring((state) => (state.numbers?.cells ?? 0) > 0);
  const nuclei = useScoring((state) => state.numbers?.nuclei ?? 0);
  const isSaved = useScoring((state) => state.saving.step === 'saved');
  const areDrawn = useAnnotations((state) => state.saving.step === 'saved');
  const [hasFeatures, setHasFeatures] = useState(false);
  if (!hasNuclei) return null;
  const features = hasFeatures ? 'all' : 'none';
  const isDisabled = !isSaved || !areDrawn;
  return (
    <PanelSection title={t('Save')} isTool>
      {isDisabled && (
        <p className="text-muted text-sm">{t('Files can be saved once your changes are on the server.')}</p>
      )}
      <FileLink
        isButton
        isDisabled={isDisabled}
        url={slideExportPath(id, ARCHIVE, { features })}
        name={archiveName({ sample: null, createdAt: new Date().toISOString() })}
        text={t('All files (ZIP)')}
        expected={hasFeatures ? null : expectedArchiveBytes(nuclei)}
      />
      <ul aria-label={t('Files')} className={`mt-2 ${FILE_MENU}`}>
        {FILES.map(({ name, text }) => (
          <li key={name}>
            <FileLink
              url={slideExportPath(id, name, { features })}
              name={name}
              text={text}
              expected={hasFeatures && name.startsWith('nuclei.') ? null : expectedBytes(name, nuclei)}
              isDisabled={isDisabled}
            />
          </li>
        ))}
      </ul>
      <label className="mt-1 flex min-h-11 items-center gap-2 text-sm lg:min-h-7">
        <input
          type="checkbox"
          checked={hasFeatures}
          onChange={(event) => setHasFeatures(event.target.checked)}
          className="size-4 shrink-0"
        />
        {t('Lists of nuclei with all features that kinds are told by')}
      </label>
      <ModalitiesOfRegion id={id} isDisabled={isDisabled} />
      <p className="text-pretty text-muted text-xs">
        {t('Coordinates are pixels of the full resolution. The files hold what is scored by now.')}
      </p>
    </PanelSection>
  );
}

/** What is inferred in the box of the one annotation that is selected. */
function ModalitiesOfRegion({ id, isDisabled }: { id: string; isDisabled: boolean }) {
  const selected = useAnnotations(({ annotations, selected: [first, ...others] }) =>
    others.length === 0 ? annotations.find((annotation) => annotation.id === first) : undefined,
  );
  const hint = selected ? hintOf(boundsOf(selected.polygons)) : t('Select one region for its inferred modalities.');
  return (
    <>
      <FileLink
        isButton
        isDisabled={isDisabled || hint !== null}
        url={modalitiesPath(id, selected?.id ?? '')}
        name={MODALITIES_FILE}
        text={t('Inferred modalities of the selected region (OME-TIFF)')}
        expected={null}
      />
      {hint && <p className="mb-1 text-muted text-sm">{hint}</p>}
    </>
  );
}

/** Why the box of a region cannot be inferred; null where it can. */
function hintOf({ x0, y0, x1, y1 }: ReturnType<typeof boundsOf>): string | null {
  const megapixels = ((Math.ceil(x1) - Math.floor(x0)) * (Math.ceil(y1) - Math.floor(y0))) / 1e6;
  const most = MAX_MODALITY_PIXELS / 1e6;
  return megapixels > most
    ? t('At most {most} megapixels, this region has {megapixels}.', { most, megapixels: megapixels.toFixed(1) })
    : null;
}
