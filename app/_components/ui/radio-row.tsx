'use client';

import { Radio } from '@base-ui/react/radio';
import { RadioGroup } from '@base-ui/react/radio-group';
import { useId } from 'react';

export type ChoiceOption<T extends string> = { value: T; label: string; note: string };

type RadioRowProps<T extends string> = {
  legend: string;
  options: readonly ChoiceOption<T>[];
  /** null = none is chosen yet. */
  value: T | null;
  onChange: (value: T) => void;
};

/** A radio group side by side, with a note under each name. */
export function RadioRow<T extends string>({ legend, options, value, onChange }: RadioRowProps<T>) {
  const id = useId();
  return (
    <div>
      <p id={id} className="mb-2 font-medium">
        {legend}
      </p>
      <RadioGroup<T | null>
        aria-labelledby={id}
        value={value}
        onValueChange={(next) => next !== null && onChange(next)}
        className="grid auto-cols-fr grid-flow-col gap-2"
      >
        {options.map((option) => (
          <Radio.Root
            key={option.value}
            value={option.value}
            aria-label={`${option.label}, ${option.note}`}
            className="group cursor-pointer rounded-lg border border-edge px-1 py-2.5 text-center hover:border-ink data-checked:border-hematoxylin data-checked:ring-1 data-checked:ring-hematoxylin"
          >
            <span className="block font-semibold text-lg group-data-checked:text-hematoxylin">{option.label}</span>
            <span className="block whitespace-nowrap text-muted text-xs sm:text-sm lg:text-xs">{option.note}</span>
          </Radio.Root>
        ))}
      </RadioGroup>
    </div>
  );
}
