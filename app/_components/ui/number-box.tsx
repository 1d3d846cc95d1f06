'use client';

import { useState } from 'react';

type NumberBoxProps = {
  label: string;
  /** null = no value: the box is empty and shows the placeholder. */
  value: number | null;
  min: number;
  max: number;
  step?: number;
  placeholder?: string;
  onChange: (value: number | null) => void;
};

/** A number input. Invalid text is replaced by the last value when the box loses the focus. */
export function NumberBox({ label, value, min, max, step = 1, placeholder, onChange }: NumberBoxProps) {
  const [draft, setDraft] = useState<string | null>(null);
  function type(text: string) {
    setDraft(text);
    const typed = Number(text);
    if (text === '') {
      if (placeholder !== undefined) onChange(null);
    } else if (Number.isFinite(typed) && typed >= min && typed <= max) onChange(step === 1 ? Math.round(typed) : typed);
  }
  return (
    <input
      type="number"
      inputMode="decimal"
      aria-label={label}
      value={draft ?? value ?? ''}
      min={min}
      max={max}
      step={step}
      placeholder={placeholder}
      onChange={(event) => type(event.target.value)}
      onBlur={() => setDraft(null)}
      className="h-9 w-18 rounded-md border border-edge bg-surface px-2 text-right placeholder:text-muted disabled:text-muted lg:h-7"
    />
  );
}
