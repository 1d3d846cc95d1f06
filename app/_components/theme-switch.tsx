'use client';

import { t } from '@/app/_text/t';

/** Switches between light and dark and stores the choice. Before that, the system's setting counts. */
export function ThemeSwitch() {
  return (
    <button
      type="button"
      onClick={swapTheme}
      className="grid size-10 cursor-pointer place-items-center rounded-md text-muted hover:text-ink"
    >
      <span className="sr-only">{t('Switch between light and dark')}</span>
      <svg viewBox="0 0 20 20" className="size-4.5" aria-hidden="true">
        <circle cx="10" cy="10" r="7.2" fill="none" stroke="currentColor" strokeWidth="1.6" />
        <path d="M10 2.8a7.2 7.2 0 0 1 0 14.4z" fill="currentColor" />
      </svg>
    </button>
  );
}

function swapTheme() {
  const root = document.documentElement;
  const isDark = root.dataset.theme
    ? root.dataset.theme === 'dark'
    : window.matchMedia('(prefers-color-scheme: dark)').matches;
  const theme = isDark ? 'light' : 'dark';
  root.dataset.theme = theme;
  try {
    localStorage.setItem('theme', theme);
  } catch {
    // Without storage the choice lasts for this page only.
  }
}
