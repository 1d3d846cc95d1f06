import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Metadata } from 'next';
import { SiteFooter } from '@/app/_components/site-footer';
import { SiteHeader } from '@/app/_components/site-header';
import { startEngine } from '@/lib/server/inference/engine';

export const metadata: Metadata = { title: 'Model card' };

/** The card of the network that this server runs, as its makers wrote it. */
export default async function ModelPage() {
  const { folder, manifest } = (await startEngine()).defaultModel;
  const card = await readFile(join(folder, 'README.md'), 'utf8').catch(() => null);
  return (
    <div className="flex min-h-dvh flex-col">
      <SiteHeader />
      <main className="mx-auto w-full max-w-5xl space-y-6 px-4 pt-6 pb-16 sm:px-6">
        <h1 className="font-semibold text-2xl tracking-tight">
          {manifest.name} {manifest.version}
        </h1>
        <p className="wrap-anywhere text-muted">
          {manifest.description}. SHA-256 {manifest.sha256}
        </p>
        {card === null ? (
          <p>This model comes without a card.</p>
        ) : (
          // The card is Markdown with wide tables: shown as it is written, so that its columns stand.
          // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard.
          <pre tabIndex={0} className="overflow-x-auto rounded-lg bg-surface p-4 text-sm leading-relaxed">
            {card}
          </pre>
        )}
      </main>
      <SiteFooter />
    </div>
  );
}
