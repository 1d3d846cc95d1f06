import { useEffect, useState } from 'react';
import type { InferResult } from '@/lib/contracts/infer';
import type { PictureUrls } from './use-picture-urls';
import type { View } from './views';

type SaveListProps = { result: InferResult; urls: PictureUrls; views: readonly View[]; fileName: string };

/** Every file of the result, each by itself, named as the API names it. */
export function SaveList({ result, urls, views, fileName }: SaveListProps) {
  const scoringUrl = useScoringUrl(result);
  const stem = fileName.replace(/\.[^.]*$/, '');
  const pictures = views.flatMap(({ value, label }) => {
    const url = value === 'Original' ? undefined : urls[value];
    return url ? [{ label, url, saveAs: `${stem}_${value}.png` }] : [];
  });
  const scoring = scoringUrl && { label: 'Scoring (JSON)', url: scoringUrl, saveAs: `${stem}_scoring.json` };
  return (
    <section aria-labelledby="save-heading">
      <h2 id="save-heading" className="font-semibold">
        Save
      </h2>
      <ul className="mt-2 grid grid-cols-2 gap-x-4">
        {[...pictures, ...(scoring ? [scoring] : [])].map(({ label, url, saveAs }) => (
          <li key={saveAs}>
            <a
              href={url}
              download={saveAs}
              className="inline-flex min-h-9 items-center text-hematoxylin underline decoration-1 underline-offset-3"
            >
              {label}
            </a>
          </li>
        ))}
      </ul>
    </section>
  );
}

/** The numbers with what made them, as the API says them. */
function useScoringUrl({ scoring, percent_pos_interval, provenance, warnings }: InferResult): string | null {
  const json = scoring && JSON.stringify({ scoring, percent_pos_interval, provenance, warnings }, null, 2);
  const [url, setUrl] = useState<string | null>(null);
  useEffect(() => {
    if (json === undefined) return;
    const made = URL.createObjectURL(new Blob([`${json}\n`], { type: 'application/json' }));
    setUrl(made);
    return () => URL.revokeObjectURL(made);
  }, [json]);
  return json === undefined ? null : url;
}
