import Link from 'next/link';

/** What a careful person asks before giving an image away. */
export function Assurances({ keepMinutes }: { keepMinutes: number }) {
  return (
    <ul className="grid gap-x-10 gap-y-4 px-4 pt-8 text-muted sm:grid-cols-2 sm:px-6">
      <li>
        <strong className="font-semibold text-ink">Private.</strong> The image does not leave this server and is kept
        only while it is analysed; its result is gone after {keepMinutes} {keepMinutes === 1 ? 'minute' : 'minutes'}.
      </li>
      <li>
        <strong className="font-semibold text-ink">Open.</strong> The page, the network and its weights are open source,
        and whatever this page does, your program can do through the{' '}
        <Link href="/api-docs" className="text-hematoxylin underline underline-offset-3">
          HTTP API
        </Link>
        .
      </li>
    </ul>
  );
}
