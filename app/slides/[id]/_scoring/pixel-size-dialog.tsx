import { useState } from 'react';
import { Button } from '@/app/_components/ui/button';
import { Modal } from '@/app/_components/ui/modal';
import { micronsOf, presetFor } from '@/app/_start/pixel-size-choice';
import { PixelSizeField } from '@/app/_start/pixel-size-field';
import { t } from '@/app/_text/t';
import { useScoring, useScoringActions } from './scoring-context';

/** Asks for the pixel size before the first scoring, where the file states none. */
export function PixelSizeDialog() {
  const asked = useScoring((state) => state.asked);
  const { score, dropAsked } = useScoringActions();
  const [choice, setChoice] = useState(() => presetFor(null));
  const micronsPerPixel = micronsOf(choice);
  return (
    <Modal
      title={t('How large is a pixel?')}
      isOpen={asked !== null}
      onClose={dropAsked}
      actions={
        <>
          <Button
            disabled={micronsPerPixel === null}
            onClick={() => asked && micronsPerPixel !== null && score(asked, micronsPerPixel)}
          >
            {t('Score')}
          </Button>
          <Button look="secondary" onClick={dropAsked}>
            {t('Not now')}
          </Button>
        </>
      }
    >
      <PixelSizeField choice={choice} onChange={setChoice}>
        {t('The file does not say it. With a wrong one, nuclei are missed or split.')}
      </PixelSizeField>
    </Modal>
  );
}
