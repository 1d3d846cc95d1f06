import { useId, useState } from 'react';
import { RailHeading } from '@/app/_components/rail-heading';
import { Button } from '@/app/_components/ui/button';
import type { IngestSlide, Slide } from '@/lib/contracts/slide';

type PictureChoiceProps = {
  choices: NonNullable<Slide['choices']>;
  onChoose: (chosen: IngestSlide) => void;
};

/** Asks which image and focal plane of a file is kept. */
export function PictureChoice({ choices, onChoose }: PictureChoiceProps) {
  const [series, setSeries] = useState(choices.series);
  const image = choices.images.find((one) => one.series === series) ?? choices.images[0];
  const middle = Math.floor(((image?.planes ?? 1) - 1) / 2);
  const [plane, setPlane] = useState(choices.plane);
  const change = (next: number) => {
    setSeries(next);
    const planes = choices.images.find((one) => one.series === next)?.planes ?? 1;
    setPlane(Math.floor((planes - 1) / 2));
  };
  if (!image) return null;
  return (
    <>
      <div>
        <RailHeading>Choose a picture</RailHeading>
        <p className="mt-1 text-pretty text-muted">The file holds several. One of them is kept.</p>
      </div>
      {choices.images.length > 1 && (
        <Picker
          label="Image"
          value={series}
          options={choices.images.map(({ series: value, width, height }, i) => ({
            value,
            text: `${i + 1}: ${width} x ${height} px`,
          }))}
          onChange={change}
        />
      )}
      {image.planes > 1 && (
        <Picker
          label="Focal plane"
          value={plane}
          options={Array.from({ length: image.planes }, (_, value) => ({
            value,
            text: `${value + 1} of ${image.planes}${value === middle ? ', the middle' : ''}`,
          }))}
          onChange={setPlane}
        />
      )}
      {image.channels === 'unnamed' && (
        <p className="text-pretty text-muted text-sm">
          Its three channels have no names. Continue only if they are red, green and blue of a brightfield scan.
        </p>
      )}
      <Button
        onClick={() => onChoose({ series, plane, ...(image.channels === 'unnamed' && { channels: 'rgb' as const }) })}
      >
        Keep this picture
      </Button>
    </>
  );
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
