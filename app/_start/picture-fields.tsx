import { useId } from 'react';
import { t } from '@/app/_text/t';
import type { SlideChoices } from '@/lib/contracts/analysis';
import { wholeText } from '@/lib/contracts/whole-text';
import { UnnamedChannels } from './unnamed-channels';

/** Which picture of a file is meant. */
export type PictureChosen = Pick<SlideChoices, 'series' | 'plane'>;

type PictureFieldsProps = {
  images: SlideChoices['images'];
  chosen: PictureChosen;
  /** Whether a person has said that unnamed channels are red, green and blue. */
  isRgb: boolean;
  isDisabled?: boolean;
  /** Another image comes with the plane in its middle. */
  onChoose: (chosen: PictureChosen) => void;
  onRgb: (isRgb: boolean) => void;
};

/** The image of a file with several, and its focal plane. Numbers only, never text of the file. */
export function PictureFields({ images, chosen, isRgb, isDisabled = false, onChoose, onRgb }: PictureFieldsProps) {
  const image = imageOf(images, chosen);
  if (!image) return null;
  return (
    <>
      <fieldset disabled={isDisabled} className="space-y-3">
        <legend className="sr-only">{t('Picture of the file')}</legend>
        {images.length > 1 && (
          <Picker
            label={t('Image')}
            value={image.series}
            options={images.map(({ series, width, height, microns_per_pixel: size }, i) => ({
              value: series,
              text: `${i + 1}: ${wholeText(width)} x ${wholeText(height)} px${size === null ? '' : `, ${Number(size.toPrecision(3))} µm/px`}`,
            }))}
            onChange={(series) => onChoose({ series, plane: middleOf(imageOf(images, { series })) })}
          />
        )}
        {image.planes > 1 && (
          <Picker
            label={t('Focal plane')}
            value={chosen.plane}
            options={Array.from({ length: image.planes }, (_, plane) => ({
              value: plane,
              text: planeText(image, plane),
            }))}
            onChange={(plane) => onChoose({ series: image.series, plane })}
          />
        )}
      </fieldset>
      {image.channels === 'unnamed' && <UnnamedChannels isRgb={isRgb} isDisabled={isDisabled} onChange={onRgb} />}
    </>
  );
}

export const imageOf = (images: SlideChoices['images'], { series }: Pick<PictureChosen, 'series'>) =>
  images.find((image) => image.series === series);

/** Scanners put the best focus in the middle of the stack. */
const middleOf = (image: SlideChoices['images'][number] | undefined): number =>
  Math.floor(((image?.planes ?? 1) - 1) / 2);

function planeText(image: SlideChoices['images'][number], plane: number): string {
  const place = { number: plane + 1, count: image.planes };
  return plane === middleOf(image) ? t('{number} of {count}, the middle', place) : t('{number} of {count}', place);
}

type PickerProps = {
  label: string;
  value: number;
  options: { value: number; text: string }[];
  onChange: (value: number) => void;
};

function Picker({ label, value, options, onChange }: PickerProps) {
  const id = useId();
  return (
    <div>
      <label htmlFor={id} className="mb-1 block font-medium">
        {label}
      </label>
      <select
        id={id}
        value={value}
        onChange={(event) => onChange(Number(event.target.value))}
        className="h-11 w-full rounded-lg border border-edge bg-surface px-3"
      >
        {options.map((option) => (
          <option key={option.value} value={option.value}>
            {option.text}
          </option>
        ))}
      </select>
    </div>
  );
}
