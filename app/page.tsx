import { t } from '@/app/_text/t';
import { TERMS_COOKIE, TERMS_VERSION } from '@/lib/contracts/analysis';
import { getEnv } from '@/lib/server/env';
import { areFormatsComing, findBioformats } from '@/lib/server/readers/bioformats/installation';
import { SiteFooter } from './_components/site-footer';
import { SiteHeader } from './_components/site-header';
import { Assurances } from './_home/assurances';
import { HomeView } from './_home/home-view';

export default function HomePage() {
  const { limits, analyses } = getEnv();
  return (
    <HomeView
      maxBytes={limits.slideBytes}
      formats={
        findBioformats() === null && !areFormatsComing()
          ? 'PNG, JPEG, TIFF, WebP, HEIC'
          : t('PNG, JPEG, TIFF, WebP, HEIC and microscope formats')
      }
      keepHours={analyses.keepHours}
      termsCookie={{ name: TERMS_COOKIE, value: TERMS_VERSION }}
      header={<SiteHeader />}
      welcome={
        <h1 className="max-w-4xl text-balance px-4 pt-5 pb-6 font-semibold text-2xl leading-snug tracking-tight sm:px-6 sm:pt-8 sm:text-4xl">
          {t('From an ordinary IHC image to the stains behind it, every nucleus, and a score you can check.')}
        </h1>
      }
      below={<Assurances keepHours={analyses.keepHours} />}
      footer={<SiteFooter />}
    />
  );
}
