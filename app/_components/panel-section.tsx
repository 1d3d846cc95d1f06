import { type ReactNode, useId } from 'react';

type PanelSectionProps = {
  title: string;
  aside?: ReactNode;
  /** Nothing of it is for paper. */
  isTool?: boolean;
  children: ReactNode;
};

/** A part of the rail with a title. */
export function PanelSection({ title, aside, isTool = false, children }: PanelSectionProps) {
  const id = useId();
  return (
    <section
      aria-labelledby={id}
      className={`border-line border-t pt-3 first:border-0 first:pt-0 ${isTool ? 'print:hidden' : 'break-inside-avoid'}`}
    >
      <div className="mb-1.5 flex min-h-7 flex-wrap items-center justify-between gap-x-3">
        <h2 id={id} className="font-semibold">
          {title}
        </h2>
        {aside}
      </div>
      {children}
    </section>
  );
}

/** The style of a small action beside a heading or in a list. */
export const TEXT_BUTTON =
  'inline-flex min-h-9 cursor-pointer items-center rounded px-1 text-hematoxylin text-sm underline decoration-1 underline-offset-3 disabled:cursor-default disabled:text-muted disabled:no-underline lg:min-h-7';

/** A short menu of files, each in a row of its own. */
export const FILE_MENU = 'rounded-lg border border-line bg-surface p-1';
export const FILE_ROW =
  'flex min-h-11 w-full cursor-pointer items-center rounded-md px-2 text-left text-sm hover:bg-paper hover:text-hematoxylin disabled:cursor-default disabled:text-muted lg:min-h-8';
