import Link from 'next/link';

const LINK = 'text-hematoxylin underline underline-offset-3';

/** What users should know before they send an image. */
export function Assurances({ keepHours }: { keepHours: number }) {
  return (
    <ul className="grid gap-x-10 gap-y-4 px-4 pt-10 text-pretty text-muted sm:px-6 lg:grid-cols-3">
      <li>
        <strong className="font-semibold text-ink">Private.</strong> The image and its result stay on this server. They
        are deleted after {keepHours} {keepHours === 1 ? 'hour' : 'hours'}, or at once if you choose, and are not used
        for anything else.
      </li>
      <li>
        <strong className="font-semibold text-ink">Open.</strong> The page, the network and its weights are open source.
        Your programs can do everything that this page does, with the{' '}
        <Link href="/api-docs" className={LINK}>
          HTTP API
        </Link>
        .
      </li>
      <li>
        <strong className="font-semibold text-ink">Checked.</strong> The samples show the true counts beside the
        measured ones. The{' '}
        <Link href="/model" className={LINK}>
          model card
        </Link>{' '}
        says how the network was tested, how accurate it is, and what its limits are.
      </li>
    </ul>
  );
}
