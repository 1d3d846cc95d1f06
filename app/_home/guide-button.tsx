import { useEffect, useState } from 'react';
import { Button } from '@/app/_components/ui/button';
import { t } from '@/app/_text/t';
import { readGuide } from '@/lib/client/guide';
import { browserMemory } from '@/lib/client/recent';

/** Begins the guided first result. */
export function GuideButton({ onGuide }: { onGuide: () => void }) {
  // Read after the first picture of the page: the server knows nothing of it.
  const [isOver, setOver] = useState(false);
  useEffect(() => setOver(readGuide(browserMemory())?.state === 'over'), []);
  return (
    <Button look="stage" onClick={onGuide}>
      {isOver ? t('Show me again') : t('Show me how, two minutes')}
    </Button>
  );
}
