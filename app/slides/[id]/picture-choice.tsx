import { useState } from 'react';
import { RailHeading } from '@/app/_components/rail-heading';
import { Button } from '@/app/_components/ui/button';
import { imageOf, type PictureChosen, PictureFields } from '@/app/_start/picture-fields';
import { t } from '@/app/_text/t';
import type { IngestSlide, Slide } from '@/lib/contracts/slide';

type PictureChoiceProps = {
  choices: NonNullable<Slide['choices']>;
  onChoose: (chosen: IngestSlide) => void;
};

/** Asks which image and focal plane of a file is kept, where it was sent by a program, which had not said so. */
export function PictureChoice({ choices, onChoose }: PictureChoiceProps) {
  const { images } = choices;
  const [chosen, setChosen] = useState<PictureChosen>(choices);
  const [isRgb, setRgb] = useState(false);
  const isUnnamed = imageOf(images, chosen)?.channels === 'unnamed';
  const hasSeveral = images.length > 1 || images.some(({ planes }) => planes > 1);
  const choose = (next: PictureChosen) => {
    if (next.series !== chosen.series) setRgb(false);
    setChosen(next);
  };
  return (
    <>
      <div>
        <RailHeading>{t('Choose a picture')}</RailHeading>
        {hasSeveral && (
          <p className="mt-1 text-pretty text-muted">{t('The file holds several. One of them is kept.')}</p>
        )}
      </div>
      <PictureFields images={images} chosen={chosen} isRgb={isRgb} onChoose={choose} onRgb={setRgb} />
      <Button
        disabled={isUnnamed && !isRgb}
        className="disabled:cursor-default disabled:opacity-60"
        onClick={() =>
          onChoose({ series: chosen.series, plane: chosen.plane, ...(isUnnamed && { channels: 'rgb' as const }) })
        }
      >
        {t('Keep this picture')}
      </Button>
    </>
  );
}
