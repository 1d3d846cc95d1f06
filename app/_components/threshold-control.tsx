import type { ReactNode } from 'react';
import { TEXT_BUTTON } from './panel-section';

type ThresholdControlProps = {
  title: string;
  help: string;
  boxes: ReactNode;
  onReset: () => void;
  children: ReactNode;
};

/** The frame of a slider: its name and number above it, an explanation below. */
export function ThresholdControl({ title, help, boxes, onReset, children }: ThresholdControlProps) {
  return (
    <div>
      <div className="mb-1 flex flex-wrap items-center gap-x-2 gap-y-1">
        <h3 className="grow text-sm">{title}</h3>
        {boxes}
        <button type="button" aria-label={`Reset ${title.toLowerCase()}`} onClick={onReset} className={TEXT_BUTTON}>
          Reset
        </button>
      </div>
      {children}
      <p className="text-pretty text-muted text-xs">{help}</p>
    </div>
  );
}
