import type { Metadata } from 'next';
import { SiteFooter } from '@/app/_components/site-footer';
import { SiteHeader } from '@/app/_components/site-header';
import { t } from '@/app/_text/t';
import { estimateSpeed } from '@/lib/server/inference/estimate-speed';
import { AnalysisView } from './analysis-view';

/** The address is the key to the analysis, so no search engine and no other site may learn it. */
export const metadata: Metadata = {
  title: t('Analysis'),
  robots: { index: false, follow: false },
  referrer: 'no-referrer',
};

export default async function AnalysisPage({ params }: { params: Promise<{ id: string }> }) {
  const { id } = await params;
  return (
    <div className="flex min-h-dvh flex-col">
      <SiteHeader />
      <main className="pb-8">
        <AnalysisView id={id} speed={await estimateSpeed()} />
      </main>
      <SiteFooter />
    </div>
  );
}
