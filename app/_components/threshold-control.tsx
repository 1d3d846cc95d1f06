import { Collapsible } from '@base-ui/react/collapsible';
import type { ReactNode } from 'react';
import { t } from '@/app/_text/t';
import { TEXT_BUTTON } from './panel-section';

type ThresholdControlProps = {
  title: string;
  /** What the threshold does, folded at first. */
  help: string;
  /** What is to be known at the present value. */
  note?: string;
  boxes: ReactNode;
  onReset: () => void;
  children: ReactNode;
};

/** The frame of a slider: its name and number above it, and what explains it. */
export function ThresholdControl({ title, help, note, boxes, onReset, children }: ThresholdControlProps) {
  return (
    <Collapsible.Root>
      <div className="mb-1 flex flex-wrap items-center gap-x-2 gap-y-1">
        <h3 className="text-sm">{title}</h3>
        <Collapsible.Trigger
          aria-label={t('What {title} does', { title: title.toLowerCase() })}
          title={t('What it does')}
          className="mr-auto grid size-9 cursor-pointer place-items-center rounded-full text-muted hover:text-ink lg:size-6"
        >
          <span
            aria-hidden="true"
            className="grid size-5 place-items-center rounded-full border border-edge text-xs leading-none"
          >
            {'?'}
          </span>
        </Collapsible.Trigger>
        {boxes}
        <button
          type="button"
          aria-label={t('Reset {title}', { title: title.toLowerCase() })}
          onClick={onReset}
          className={TEXT_BUTTON}
        >
          {t('Reset')}
        </button>
      </div>
      <Collapsible.Panel className="mb-1 text-pretty text-muted text-xs">{help}</Collapsible.Panel>
      {children}
      {note && <p className="text-pretty text-muted text-xs">{note}</p>}
    </Collapsible.Root>
  );
}
