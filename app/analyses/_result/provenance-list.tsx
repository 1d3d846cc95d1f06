import type { InferResult } from '@/lib/contracts/infer';

const SOURCES = {
  microns_per_pixel: 'as given',
  resolution: 'by the magnification chosen',
  file: 'from the file',
  default: 'assumed',
} as const satisfies Record<InferResult['provenance']['microns_per_pixel_source'], string>;

/** What made this result, folded away until somebody asks. */
export function ProvenanceList({ result: { provenance, scoring } }: { result: InferResult }) {
  const rows: [name: string, value: string][] = [
    ['Model', provenance.model],
    ['Weights (SHA-256)', provenance.model_sha256],
    ['Software', `Restain ${provenance.software}, ${provenance.provider}`],
    ['Pixel size', `${provenance.microns_per_pixel} µm, ${SOURCES[provenance.microns_per_pixel_source]}`],
  ];
  if (provenance.algorithm) rows.push(['Segmentation', provenance.algorithm]);
  if (scoring)
    rows.push(
      ['Segmentation threshold', `${scoring.prob_thresh} of 255`],
      [
        'Size',
        `above ${scoring.size_thresh} px${scoring.size_thresh_upper === null ? '' : `, below ${scoring.size_thresh_upper} px`}`,
      ],
      ['Marker threshold', scoring.marker_thresh === null ? 'none' : `${scoring.marker_thresh} of 255`],
    );
  return (
    <details>
      <summary className="cursor-pointer font-semibold">How it was made</summary>
      <dl className="mt-3 grid grid-cols-[auto_minmax(0,1fr)] gap-x-4 gap-y-1.5 text-sm">
        {rows.map(([name, value]) => (
          <div key={name} className="contents">
            <dt className="text-muted">{name}</dt>
            <dd className="wrap-anywhere">{value}</dd>
          </div>
        ))}
      </dl>
    </details>
  );
}
