'use client';

import { useEffect } from 'react';
import { isMissingScript } from '@/lib/client/sentence-of';
import { MessagePage } from './_components/message-page';
import { Button } from './_components/ui/button';

const reload = () => window.location.reload();

/** Shown after a fault of the page. The server's log has the same digest. */
export default function PageError({ error, reset }: { error: Error & { digest?: string }; reset: () => void }) {
  if (isMissingScript(error)) return <MissingScript />;
  return (
    <MessagePage title="This page cannot be shown">
      <p>
        This is a fault of the site, not of your image.
        {error.digest ? ` Its number in the server's log is ${error.digest}.` : ''}
      </p>
      <Button onClick={reset}>Try again</Button>
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
    <MessagePage title="A part of this page could not be loaded">
      <p>The connection may be lost, or the site was updated. Your changes are kept.</p>
      <Button onClick={reload}>Reload the page</Button>
    </MessagePage>
  );
}
