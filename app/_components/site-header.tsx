import Link from 'next/link';
import { t } from '@/app/_text/t';
import { ThemeSwitch } from './theme-switch';

/** The bar at the top of every page. */
export function SiteHeader() {
  return (
    <header className="flex print:hidden min-h-14 shrink-0 flex-wrap items-center gap-x-6 px-4 sm:px-6">
      <Link href="/" className="flex items-center gap-2.5 font-semibold tracking-tight">
        {/* The icon that the browser's tab shows: one negative nucleus, one positive. */}
        <svg viewBox="0 0 32 32" className="size-7" aria-hidden="true">
          <rect width="32" height="32" rx="7" className="fill-stage" />
          <ellipse cx="12.5" cy="13" rx="7" ry="6" transform="rotate(-24 12.5 13)" fill="#8f86e8" />
          <ellipse
            cx="20.5"
            cy="21"
            rx="6"
            ry="5.2"
            transform="rotate(18 20.5 21)"
            className="fill-stage"
            stroke="#d99a4e"
            strokeWidth="2.6"
          />
        </svg>
        {t('Restain')}
      </Link>
      <nav aria-label={t('Site')} className="ml-auto flex items-center gap-1 text-sm">
        <Link href="/model" className="rounded-md px-3 py-2 text-muted hover:text-ink">
          {t('Model')}
        </Link>
        <Link href="/api-docs" className="rounded-md px-3 py-2 text-muted hover:text-ink">
          {t('API')}
        </Link>
        <ThemeSwitch />
      </nav>
    </header>
  );
}
