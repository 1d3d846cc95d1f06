import type { Metadata } from 'next';
import Link from 'next/link';
import { MessagePage } from './_components/message-page';
import { buttonClass } from './_components/ui/button';

export const metadata: Metadata = { title: 'Not found' };

export default function NotFound() {
  return (
    <MessagePage title="There is nothing at this address">
      <p>The page was moved, or the address is wrong.</p>
      <Link href="/" className={buttonClass('primary')}>
        Analyse an image
      </Link>
    </MessagePage>
  );
}
