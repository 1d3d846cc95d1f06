import Link from 'next/link';
import type { ReactNode } from 'react';
import { richText } from '@/app/_text/t';

const strong = (words: ReactNode) => (
  <strong key="strong" className="font-semibold text-ink">
    {words}
  </strong>
);
const linkTo = (href: '/api-docs' | '/model') => (words: ReactNode) => (
  <Link key="link" href={href} className="text-hematoxylin underline underline-offset-3">
    {words}
  </Link>
);

/** What users should know before they send an image. */
export function Assurances({ keepHours }: { keepHours: number }) {
  return (
    <ul className="grid gap-x-10 gap-y-4 px-4 pt-10 text-pretty text-muted sm:px-6 lg:grid-cols-3">
      <li>
        {richText(
          '<b>Private.</b> The image and its result stay on this server. They are deleted after {hours, plural, one {{hours} hour} other {{hours} hours}}, or at once if you choose, and are not used for anything else.',
          { b: strong, hours: keepHours },
        )}
      </li>
      <li>
        {richText(
          '<b>Open.</b> The page, the network and its weights are open source. Your programs can do everything that this page does, with the <a>HTTP API</a>.',
          { b: strong, a: linkTo('/api-docs') },
        )}
      </li>
      <li>
        {richText(
          '<b>Checked.</b> The samples show the true counts beside the measured ones. The <a>model card</a> says how the network was tested, how accurate it is, and what its limits are.',
          { b: strong, a: linkTo('/model') },
        )}
      </li>
    </ul>
  );
}
