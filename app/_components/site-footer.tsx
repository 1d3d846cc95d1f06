import { t } from '@/app/_text/t';

/** The line at the end of every page. */
export function SiteFooter() {
  return (
    <footer className="print:hidden mt-auto border-line border-t px-4 py-5 text-muted text-sm sm:px-6">
      {t('For research use only. Not a medical device. Do not use it for diagnosis or treatment.')}
    </footer>
  );
}
