import Link from 'next/link';
import { useEffect, useState } from 'react';
import { dateText } from '@/app/_components/date-text';
import { t } from '@/app/_text/t';
import { browserMemory, clearRecent, type Recent, readRecent } from '@/lib/client/recent';

const FOLDERS = { analysis: 'analyses', batch: 'batches', slide: 'slides' };

/** Analyses, batches and slides that were made in this browser. Nothing is shown where there is none. */
export function RecentList() {
  // Read after the first picture of the page: the server knows nothing of it.
  const [recent, setRecent] = useState<readonly Recent[]>([]);
  useEffect(() => setRecent(readRecent(browserMemory())), []);
  if (recent.length === 0) return null;

  return (
    <section aria-labelledby="recent" className="px-4 pt-7 sm:px-6">
      <div className="mb-2 flex flex-wrap items-baseline gap-x-4">
        <h2 id="recent" className="font-medium">
          {t('My recent analyses')}
        </h2>
        <button
          type="button"
          onClick={() => {
            clearRecent(browserMemory());
            setRecent([]);
          }}
          className="min-h-11 cursor-pointer text-hematoxylin underline underline-offset-3"
        >
          {t('Clear list')}
        </button>
      </div>
      <ul className="grid max-h-56 gap-x-8 overflow-y-auto sm:grid-cols-2 lg:grid-cols-3">
        {recent.map(({ kind, id, label, at }) => (
          <li key={id}>
            <Link
              href={`/${FOLDERS[kind]}/${id}`}
              prefetch={false}
              className="flex min-h-11 items-baseline justify-between gap-3 py-2.5"
            >
              <span className="truncate text-hematoxylin underline underline-offset-3">
                {label.trim() || t('No name')}
              </span>
              <time dateTime={at} className="shrink-0 text-muted text-sm">
                {dateText(at)}
              </time>
            </Link>
          </li>
        ))}
      </ul>
      <p className="text-muted text-sm">{t('Only this browser has this list and the names in it.')}</p>
    </section>
  );
}
