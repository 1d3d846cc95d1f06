'use client';

import { Slider } from '@base-ui/react/slider';
import type { ReactNode } from 'react';

type PlotSliderProps<Values extends readonly number[]> = {
  /** Accessible names, one per handle. */
  handles: readonly string[];
  value: Values;
  min: number;
  max: number;
  isDisabled?: boolean;
  /** Text of a value for screen readers. */
  readAs: (value: number, index: number) => string;
  onChange: (value: { [K in keyof Values]: number }) => void;
  /** The plot, exactly as wide as the range of the handles. */
  children: ReactNode;
};

/** A slider on a plot, with a line at each handle. Dragging on the plot does not scroll the page. */
export function PlotSlider<const Values extends readonly number[]>({
  handles,
  value,
  min,
  max,
  isDisabled,
  readAs,
  onChange,
  children,
}: PlotSliderProps<Values>) {
  return (
    <Slider.Root
      value={value}
      onValueChange={(next) => onChange(next as { [K in keyof Values]: number })}
      min={min}
      max={max}
      minStepsBetweenValues={1}
      thumbCollisionBehavior="none"
      disabled={isDisabled ?? false}
      className="px-3.5 data-disabled:opacity-50"
    >
      <Slider.Control className="relative block cursor-pointer touch-none select-none pb-3.5">
        <div className="relative h-10">{children}</div>
        <Slider.Track className="h-0.5 w-full bg-edge">
          {handles.map((name, index) => (
            <Slider.Thumb
              key={name}
              index={index}
              aria-label={name}
              getAriaValueText={(_, at) => readAs(at, index)}
              className="size-7 rounded-full border-2 border-paper bg-action after:absolute after:bottom-full after:left-1/2 after:h-8 after:w-0.5 after:-translate-x-1/2 after:bg-action has-focus-visible:outline-2 has-focus-visible:outline-hematoxylin has-focus-visible:outline-offset-2 lg:size-5"
            />
          ))}
        </Slider.Track>
      </Slider.Control>
    </Slider.Root>
  );
}
