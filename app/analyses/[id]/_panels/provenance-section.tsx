import { Collapsible } from '@base-ui/react/collapsible';
import { describeSelection } from '@/lib/exports/report-rows';
import { ExplainDrawer } from '../_parts/explain-drawer';
import { useResult } from '../_result/result-context';

/** Says what made the result: image, network, settings. Folded at first. */
export function ProvenanceSection() {
  const { result, source, created_at: createdAt } = useResult((state) => state.analysis);
  if (!result) return null;
  const { provenance } = result;
  const { selection } = provenance;
  const rows: [label: string, value: string][] = [
    ['Model', provenance.model],
    ['Model SHA-256', provenance.model_sha256],
    ['Software', `Restain ${provenance.software} on ${provenance.provider}`],
    ['Pixel size', `${provenance.microns_per_pixel} µm, from: ${provenance.microns_per_pixel_source}`],
    ['Nuclei found by', provenance.algorithm ?? 'the model\u2019s default'],
    ...(source ? [['Image', `${source.width} x ${source.height} px`] as [string, string]] : []),
    ...(selection ? [['Part of the file', describeSelection(selection)] as [string, string]] : []),
    ['Analysed', createdAt],
    ['Revision', String(result.revision)],
  ];
  return (
    <div className="border-line border-t pt-3">
      <div className="flex flex-wrap gap-x-6">
        <ExplainDrawer />
        <Collapsible.Root className="contents">
          <Collapsible.Trigger className="min-h-9 cursor-pointer text-hematoxylin text-sm underline decoration-1 underline-offset-3">
            Provenance
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
      <p className="mt-2 text-muted text-xs">For research use only. Not a medical device.</p>
    </div>
  );
}
