import type { ReactNode } from 'react';
import { SiteFooter } from './site-footer';
import { SiteHeader } from './site-header';

/** A page with one message and the next step. */
export function MessagePage({ title, children }: { title: string; children: ReactNode }) {
  return (
    <div className="flex min-h-dvh flex-col">
      <SiteHeader />
      <main className="mx-auto w-full max-w-xl px-4 py-20 sm:px-6">
        <h1 className="font-semibold text-2xl tracking-tight">{title}</h1>
        <div className="mt-3 space-y-5 text-pretty text-muted">{children}</div>
      </main>
      <SiteFooter />
    </div>
  );
}
