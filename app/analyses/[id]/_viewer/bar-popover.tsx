import { Popover } from '@base-ui/react/popover';
import type { ReactNode, RefObject } from 'react';
import { BAR_BUTTON } from '@/app/_viewer/bar-button';

type BarPopoverProps = { label: string; frame: RefObject<HTMLDivElement | null>; children: ReactNode };

/** A popover of the bar. It lies within the frame, so that it is also visible in full screen. */
export function BarPopover({ label, frame, children }: BarPopoverProps) {
  return (
    <Popover.Root>
      <Popover.Trigger className={`${BAR_BUTTON} px-3 data-popup-open:text-stage-ink`}>
        {label}
        <svg viewBox="0 0 12 12" className="size-3" aria-hidden="true">
          <path d="m2.5 4.5 3.5 3.5 3.5-3.5" fill="none" stroke="currentColor" strokeWidth="1.5" />
        </svg>
      </Popover.Trigger>
      <Popover.Portal container={frame}>
        <Popover.Positioner sideOffset={6} align="start" className="z-10">
          <Popover.Popup
            aria-label={label}
            className="max-h-[70dvh] w-80 max-w-[calc(100vw-1.5rem)] overflow-y-auto rounded-lg border border-stage-line bg-stage-raised p-4 text-stage-ink text-sm shadow-lg"
          >
            {children}
          </Popover.Popup>
        </Popover.Positioner>
      </Popover.Portal>
    </Popover.Root>
  );
}
