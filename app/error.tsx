'use client';

import { useEffect } from 'react';
import { t } from '@/app/_text/t';
import { isMissingScript } from '@/lib/client/sentence-of';
import { MessagePage } from './_components/message-page';
import { Button } from './_components/ui/button';

const reload = () => window.location.reload();

/** Shown after a fault of the page. The server's log has the same digest. */
export default function PageError({ error, reset }: { error: Error & { digest?: string }; reset: () => void }) {
  if (isMissingScript(error)) return <MissingScript />;
  return (
    <MessagePage title={t('This page cannot be shown')}>
      <p>
        {t('This is a fault of the site, not of your image.')}{' '}
        {error.digest && t("Its number in the server's log is {number}.", { number: error.digest })}
      </p>
      <Button onClick={reset}>{t('Try again')}</Button>
    </MessagePage>
  );
}

/** Shown when a script cannot be loaded: the network is lost, or the site was updated. */
function MissingScript() {
  useEffect(() => {
    window.addEventListener('online', reload);
    return () => window.removeEventListener('online', reload);
  }, []);
  return (
    <MessagePage title={t('A part of this page could not be loaded')}>
      <p>{t('The connection may be lost, or the site was updated. Your changes are kept.')}</p>
      <Button onClick={reload}>{t('Reload the page')}</Button>
    </MessagePage>
  );
}
