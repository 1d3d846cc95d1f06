import { useState } from 'react';
import { FILE_MENU, FILE_ROW, PanelSection } from '@/app/_components/panel-section';
import { Button } from '@/app/_components/ui/button';
import { t } from '@/app/_text/t';
import { PICTURE_NAMES, type PictureName } from '@/lib/contracts/analysis';
import type { ExportOptions } from '@/lib/contracts/exports';
import { MODALITY_TABLE, type ModalityPicture } from '@/lib/models/modalities';
import { useResult } from '../_result/result-context';
import { ExportChoices } from './export-choices';
import { DOCUMENTS, pictureToSave } from './result-files';
import { type Download, useDownload } from './use-download';

const MODALITY_LABELS = Object.fromEntries(
  Object.values(MODALITY_TABLE).map(({ picture, title }) => [picture, title]),
) as Record<ModalityPicture, string>;

const PICTURE_LABELS: Record<PictureName, string> = {
  Original: t('Original'),
  ...MODALITY_LABELS,
  SegOverlaid: t('Overlay'),
  SegRefined: t('Nuclei'),
};

/** Buttons for all files of the result, in one archive or one at a time. */
export function DownloadSection() {
  const result = useResult((state) => state.analysis.result);
  const [options, setOptions] = useState<ExportOptions>({
    coordinates: 'image',
    geojson_classes: 'positive',
    csv: 'comma',
    features: 'none',
  });
  const { download, saveOne, saveAll } = useDownload(options);
  const pictures = PICTURE_NAMES.filter((name) => result?.pictures[name]);
  const menus = [
    { title: t('Documents and lists'), files: DOCUMENTS },
    {
      title: t('Pictures'),
      files: pictures.map((name) => pictureToSave(name, t('{picture} (PNG)', { picture: PICTURE_LABELS[name] }))),
    },
  ];
  return (
    <PanelSection title={t('Save')}>
      <div className="flex flex-wrap items-center gap-3">
        <Button look="secondary" className="min-h-10!" aria-disabled={download.state === 'making'} onClick={saveAll}>
          {t('Download all')}
        </Button>
        <p role="status" data-testid="download-state" className="text-muted text-sm">
          {toWords(download)}
        </p>
      </div>
      {menus.map(({ title, files }) => (
        <ul key={title} aria-label={title} className={`mt-2 grid grid-cols-2 ${FILE_MENU}`}>
          {files.map((file) => (
            <li key={file.name}>
              <button type="button" onClick={() => saveOne(file)} className={FILE_ROW}>
                {file.label}
              </button>
            </li>
          ))}
        </ul>
      ))}
      <ExportChoices options={options} isPart={Boolean(result?.provenance.selection)} onChange={setOptions} />
    </PanelSection>
  );
}

function toWords(download: Download): string {
  switch (download.state) {
    case 'idle':
      return t('All files below in one ZIP file.');
    case 'making':
      return download.fraction === null
        ? t('{file}: preparing.', { file: download.label })
        : t('{file}: {percent} % packed.', { file: download.label, percent: Math.round(100 * download.fraction) });
    case 'saved':
      return t('{file}: saved.', { file: download.label });
    case 'failed':
      return download.problem;
  }
}
