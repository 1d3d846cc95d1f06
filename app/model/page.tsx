import type { Metadata } from 'next';
import { SiteFooter } from '@/app/_components/site-footer';
import { SiteHeader } from '@/app/_components/site-header';
import { t } from '@/app/_text/t';
import { startEngine } from '@/lib/server/inference/engine';
import { renderModelCard } from '@/lib/server/inference/model-card';

export const metadata: Metadata = { title: t('Model card') };

/** Styles by element, because Markdown has no classes. */
const CARD_STYLE = [
  'space-y-4 [&_p]:max-w-text [&_li]:max-w-text [&_ul]:list-disc [&_ul]:space-y-1 [&_ul]:pl-5',
  '[&_h1]:font-semibold [&_h1]:text-2xl [&_h1]:tracking-tight [&_h2]:pt-4 [&_h2]:font-semibold [&_h2]:text-lg',
  '[&_a]:text-hematoxylin [&_a]:underline [&_a]:underline-offset-2 [&_code]:font-mono [&_code]:text-sm',
  '[&_div]:overflow-x-auto [&_table]:text-sm [&_th]:text-left [&_th]:font-medium [&_th]:text-muted',
  '[&_td]:border-line [&_td]:border-t [&_td]:py-1.5 [&_td]:pr-6 [&_td]:align-top [&_th]:pr-6 [&_th]:pb-1.5',
  '[&_img]:mb-1 [&_img]:rounded-sm [&_td:has(img)]:w-1/2 [&_td:has(img)]:border-0 [&_th:empty]:p-0',
  '[&_details]:border-line [&_details]:border-t [&_details]:py-3 [&_details[open]]:space-y-4 [&_summary]:cursor-pointer',
  '[&_summary_h2]:inline [&_summary_h2]:pt-0',
].join(' ');

/** The card of the network that this server runs. */
export default async function ModelPage() {
  const { folder, manifest } = (await startEngine()).defaultModel;
  const card = await renderModelCard(folder);
  return (
    <div className="flex min-h-dvh flex-col">
      <SiteHeader />
      <main className="mx-auto w-full max-w-5xl space-y-6 px-4 pt-6 pb-16 sm:px-6">
        {card === null ? (
          <>
            <h1 className="font-semibold text-2xl tracking-tight">
              {manifest.name} {manifest.version}
            </h1>
            <p>{t('This model has no card.')}</p>
          </>
        ) : (
          // biome-ignore lint/security/noDangerouslySetInnerHtml: made by renderModelCard, which lets no HTML through.
          <div className={CARD_STYLE} dangerouslySetInnerHTML={{ __html: card }} />
        )}
        <p className="wrap-anywhere text-muted text-sm">
          {`${manifest.description}.`}{' '}
          {manifest.coarse
            ? t(
                'This server runs the network with SHA-256 {hash}, and for pictures of {from} to {to} µm/px the one with SHA-256 {coarseHash}.',
                {
                  hash: manifest.sha256,
                  from: manifest.coarse.pictures.from,
                  to: manifest.coarse.pictures.to,
                  coarseHash: manifest.coarse.sha256,
                },
              )
            : t('This server runs the network with SHA-256 {hash}.', { hash: manifest.sha256 })}
        </p>
      </main>
      <SiteFooter />
    </div>
  );
}
