import type { Metadata } from 'next';
import { SiteFooter } from '@/app/_components/site-footer';
import { SiteHeader } from '@/app/_components/site-header';
import { t } from '@/app/_text/t';
import { BatchView } from './batch-view';

/** The address is the key to the batch, so no search engine and no other site may learn it. */
export const metadata: Metadata = {
  title: t('Batch'),
  robots: { index: false, follow: false },
  referrer: 'no-referrer',
};

export default async function BatchPage({ params }: { params: Promise<{ id: string }> }) {
  const { id } = await params;
  return (
    <div className="flex min-h-dvh flex-col">
      <SiteHeader />
      <main className="grow px-4 pb-8 sm:px-6">
        <BatchView id={id} />
      </main>
      <SiteFooter />
    </div>
  );
}
