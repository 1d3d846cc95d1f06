'use client';

import { useEffect } from 'react';
import { isMissingScript } from '@/lib/client/sentence-of';
import { MessagePage } from './_components/message-page';
import { Button } from './_components/ui/button';

const reload = () => window.location.reload();

/** What a fault of ours while drawing a page looks like; the digest is the same as in the server's log. */
export default function PageError({ error, reset }: { error: Error & { digest?: string }; reset: () => void }) {
  if (isMissingScript(error)) return <MissingScript />;
  return (
    <MessagePage title="This page failed to draw">
      <p>
        That is a fault of this site, not of your image.
        {error.digest ? ` The server's log has it as ${error.digest}.` : ''}
      </p>
      <Button onClick={reset}>Try again</Button>
    </MessagePage>
  );
}

/** A part of the page that did not come: without a network, or since the site has been renewed. */
function MissingScript() {
  useEffect(() => {
    window.addEventListener('online', reload);
    return () => window.removeEventListener('online', reload);
  }, []);
  return (
    <MessagePage title="A part of this page could not be loaded">
      <p>The connection may be lost, or the site was renewed meanwhile. What you have changed is kept.</p>
      <Button onClick={reload}>Reload the page</Button>
    </MessagePage>
  );
}
