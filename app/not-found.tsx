import type { Metadata } from 'next';
import Link from 'next/link';
import { t } from '@/app/_text/t';
import { MessagePage } from './_components/message-page';
import { buttonClass } from './_components/ui/button';

export const metadata: Metadata = { title: t('Not found') };

export default function NotFound() {
  return (
    <MessagePage title={t('There is nothing at this address')}>
      <p>{t('The page was moved, or the address is wrong.')}</p>
      <Link href="/" className={buttonClass('primary')}>
        {t('Analyse an image')}
      </Link>
    </MessagePage>
  );
}
