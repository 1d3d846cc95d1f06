import Link from 'next/link';

const LINK = 'text-hematoxylin underline underline-offset-3';

/** What a careful person asks before giving an image away. */
export function Assurances({ keepHours }: { keepHours: number }) {
  return (
    <ul className="grid gap-x-10 gap-y-4 px-4 pt-10 text-pretty text-muted sm:px-6 lg:grid-cols-3">
      <li>
        <strong className="font-semibold text-ink">Private.</strong> The image and its result stay on this server, are
        deleted after {keepHours} {keepHours === 1 ? 'hour' : 'hours'} or at once when you say so, and are used for
        nothing else.
      </li>
      <li>
        <strong className="font-semibold text-ink">Open.</strong> The page, the network and its weights are open source,
        and whatever this page does, your program can do through the{' '}
        <Link href="/api-docs" className={LINK}>
          HTTP API
        </Link>
        .
      </li>
      <li>
        <strong className="font-semibold text-ink">Checked.</strong> The samples show truth beside measurement, and what
        the network was measured on, with its figures and its limits, is in{' '}
        <Link href="/model" className={LINK}>
          its model card
        </Link>
        .
      </li>
    </ul>
  );
}
