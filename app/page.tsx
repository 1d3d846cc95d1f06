import { connection } from 'next/server';
import { getEnv } from '@/lib/server/env';
import { SiteFooter } from './_components/site-footer';
import { SiteHeader } from './_components/site-header';
import { Assurances } from './_home/assurances';
import { Workspace } from './_home/workspace';

export default async function HomePage() {
  // The limits are those of the running server, not of the machine that built the page.
  await connection();
  const { limits, jobs } = getEnv();
  return (
    <Workspace
      maxBytes={limits.uploadBytes}
      header={<SiteHeader />}
      welcome={
        <h1 className="max-w-4xl text-balance px-4 pt-6 pb-8 font-semibold text-2xl leading-snug tracking-tight sm:px-6 sm:pt-10 sm:text-4xl">
          From an ordinary IHC image to the stains behind it, every nucleus, and a score you can check.
        </h1>
      }
      below={<Assurances keepMinutes={jobs.keepSeconds / 60} />}
      footer={<SiteFooter />}
    />
  );
}
