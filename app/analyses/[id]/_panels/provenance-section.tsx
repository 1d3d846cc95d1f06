import { Collapsible } from '@base-ui/react/collapsible';
import { t } from '@/app/_text/t';
import { describeSelection } from '@/lib/exports/report-rows';
import { useResult } from '../_result/result-context';

/** Says what made the result: image, network, settings. Folded at first. */
export function ProvenanceSection() {
  const { result, source, created_at: createdAt } = useResult((state) => state.analysis);
  if (!result) return null;
  const { provenance } = result;
  const { selection } = provenance;
  const rows: [label: string, value: string][] = [
    [t('Model'), provenance.model],
    [t('Model SHA-256'), provenance.model_sha256],
    ...(provenance.network_microns_per_pixel
      ? [[t('Network'), t('for {size} µm/px', { size: provenance.network_microns_per_pixel })] as [string, string]]
      : []),
    [
      t('Software'),
      t('Restain {version} on {provider}', { version: provenance.software, provider: provenance.provider }),
    ],
    [
      t('Pixel size'),
      t('{size} µm, from: {origin}', {
        size: provenance.microns_per_pixel,
        origin: provenance.microns_per_pixel_source,
      }),
    ],
    [t('Nuclei found by'), provenance.algorithm ?? t('the model’s default')],
    ...(source ? [[t('Image'), `${source.width} x ${source.height} px`] as [string, string]] : []),
    ...(selection ? [[t('Part of the file'), describeSelection(selection)] as [string, string]] : []),
    [t('Analysed'), createdAt],
    [t('Revision'), String(result.revision)],
  ];
  return (
    <div className="border-line border-t pt-3">
      <div className="flex flex-wrap gap-x-6">
        <Collapsible.Root className="contents">
          <Collapsible.Trigger className="min-h-9 cursor-pointer text-hematoxylin text-sm underline decoration-1 underline-offset-3">
            {t('Provenance')}
          </Collapsible.Trigger>
          <Collapsible.Panel className="w-full">
            <dl className="mt-1 grid grid-cols-[auto_minmax(0,1fr)] gap-x-4 gap-y-1 text-sm">
              {rows.map(([label, value]) => (
                <div key={label} className="contents">
                  <dt className="text-muted">{label}</dt>
                  <dd className="wrap-anywhere">{value}</dd>
                </div>
              ))}
            </dl>
          </Collapsible.Panel>
        </Collapsible.Root>
      </div>
      <p className="mt-2 text-muted text-xs">{t('For research use only. Not a medical device.')}</p>
    </div>
  );
}
