import type { ReactNode } from 'react';
import { t } from '@/app/_text/t';
import { dateText } from './date-text';
import { Button } from './ui/button';

type ShareLinksProps = {
  of: 'analyses' | 'slides';
  /** Of the link by which the page was opened. */
  id: string;
  /** null: there is no view link. */
  viewId: string | null;
  mayEdit: boolean;
  what: 'result' | 'slide';
  expiresAt: string;
  /** What went wrong, or a link to be copied by hand. */
  words: string;
  say: (words: string) => void;
  /** More buttons for whoever may edit. */
  children: ReactNode;
};

/** The links of a result or a slide: one to look, one to change. */
export function ShareLinks({ of, id, viewId, mayEdit, what, expiresAt, words, say, children }: ShareLinksProps) {
  async function copy(linked: string) {
    const link = new URL(`/${of}/${linked}`, window.location.href).href + window.location.search;
    try {
      await navigator.clipboard.writeText(link);
      say(t('Copied.'));
    } catch {
      // Without https, or without permission, the address has to be copied by hand.
      say(link);
    }
  }
  return (
    <>
      <p className="text-pretty text-muted text-sm">
        {mayEdit
          ? t('Whoever has the view link can look. Whoever has the edit link can change and delete.')
          : what === 'slide'
            ? t('This is the view link: it shows the slide, and changes nothing.')
            : t('This is the view link: it shows the result, and changes nothing.')}{' '}
        {t('Deleted automatically on {when}.', {
          when: dateText(expiresAt),
        })}
      </p>
      <div className="mt-2 flex flex-wrap items-center gap-2">
        {viewId !== null && (
          <Button look="secondary" className={SMALL} onClick={() => copy(viewId)}>
            {t('Copy view link')}
          </Button>
        )}
        {mayEdit && (
          <>
            <Button look="secondary" className={SMALL} onClick={() => copy(id)}>
              {t('Copy edit link')}
            </Button>
            {children}
          </>
        )}
      </div>
      <p role="status" className="wrap-anywhere mt-1 text-sm">
        {words}
      </p>
    </>
  );
}

/** The style of their buttons. */
export const SMALL = 'min-h-9! px-3!';
