'use client';

import { MessagePage } from './_components/message-page';
import { Button } from './_components/ui/button';

/** What a fault of ours while drawing a page looks like; the digest is the same as in the server's log. */
export default function PageError({ error, reset }: { error: Error & { digest?: string }; reset: () => void }) {
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
