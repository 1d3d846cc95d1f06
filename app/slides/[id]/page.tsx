import type { Metadata } from 'next';
import { SiteFooter } from '@/app/_components/site-footer';
import { SiteHeader } from '@/app/_components/site-header';
import { t } from '@/app/_text/t';
import { slideForPage } from '@/lib/server/slides/current-slide';
import { SlideView } from './slide-view';

/** The address is the key to the slide, so no search engine and no other site may learn it. */
export const metadata: Metadata = {
  title: t('Slide'),
  robots: { index: false, follow: false },
  referrer: 'no-referrer',
};

export default async function SlidePage({ params, searchParams }: PageProps<'/slides/[id]'>) {
  const [{ id }, { x }] = await Promise.all([params, searchParams]);
  return (
    <div className="flex min-h-dvh flex-col">
      <SiteHeader />
      <main className="pb-8 print:pb-0">
        <SlideView id={id} first={await slideForPage(id)} isWhole={x === undefined} />
      </main>
      <SiteFooter />
    </div>
  );
}
