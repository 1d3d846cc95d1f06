import { useId } from 'react';
import { NumberBox } from '@/app/_components/ui/number-box';
import { levelOf, levelsFor } from './slide-part';
import type { SlideSelection } from './use-slide-part';

type SlideFieldsProps = { part: SlideSelection; micronsPerPixel: number | null; isDisabled: boolean };

/** Choices among what the file has several of. They show numbers only, never text of the file. */
export function SlideFields({ part, micronsPerPixel, isDisabled }: SlideFieldsProps) {
  const { slide, image, level, region, setLevel, show } = part;
  const levels = levelsFor(image, micronsPerPixel);
  return (
    <fieldset disabled={isDisabled} className="space-y-3">
      <legend className="sr-only">Part of the file to analyse</legend>
      {slide.images.length > 1 && (
        <Picker
          label="Image"
          value={slide.series}
          options={slide.images.map(({ series, width, height, microns_per_pixel: size }, i) => ({
            value: series,
            text: `${i + 1}: ${width} x ${height} px${size === null ? '' : `, ${micronText(size)}`}`,
          }))}
          onChange={(series) => show(series)}
        />
      )}
      {image.planes > 1 && (
        <Picker
          label="Focal plane"
          value={slide.plane}
          options={Array.from({ length: image.planes }, (_, plane) => ({
            value: plane,
            text: `${plane + 1} of ${image.planes}`,
          }))}
          onChange={(plane) => show(slide.series, plane)}
        />
      )}
      {levels.length > 1 && (
        <Picker
          label="Resolution"
          value={level}
          options={levels.map((value) => ({ value, text: levelText(part, value, micronsPerPixel) }))}
          onChange={setLevel}
        />
      )}
      {region && <RegionFields part={part} />}
    </fieldset>
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

/** The region as numbers. */
function RegionFields({ part: { image, region, slide, setRegion } }: { part: SlideSelection }) {
  if (!region) return null;
  const fields = [
    ['x', 'Left', image.width],
    ['y', 'Top', image.height],
    ['width', 'Width', image.width],
    ['height', 'Height', image.height],
  ] as const;
  return (
    <div>
      <p className="mb-1 font-medium">Region</p>
      <p className="mb-2 text-pretty text-muted text-sm">
        The slide is too large to analyse whole: at most {slide.max_pixels / 1e6} megapixels at once. Drag the rectangle
        or its corner.
      </p>
      <div className="grid grid-cols-2 gap-x-4 gap-y-2">
        {fields.map(([side, label, max]) => (
          <div key={side} className="flex items-center justify-between gap-2">
            <span aria-hidden="true">{label}</span>
            <NumberBox
              label={`${label} of the region, px`}
              value={region[side]}
              min={0}
              max={max}
              onChange={(value) => value !== null && setRegion({ ...region, [side]: value })}
            />
          </div>
        ))}
      </div>
    </div>
  );
}

function levelText({ image }: SlideSelection, level: number, micronsPerPixel: number | null): string {
  const { width, height, downsample } = levelOf(image, level);
  const name = level === 0 ? 'Full' : `1/${Number(downsample.toPrecision(3))}`;
  const size = micronsPerPixel === null ? '' : `, ${micronText(micronsPerPixel * downsample)}`;
  return `${name}: ${width} x ${height} px${size}`;
}

const micronText = (size: number) => `${Number(size.toPrecision(3))} µm/px`;
