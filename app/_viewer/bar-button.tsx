import type { ComponentProps } from 'react';

type BarButtonProps = Omit<ComponentProps<'button'>, 'type'> & { label: string; icon?: string; text?: string };

export const BAR_BUTTON =
  'inline-flex min-h-11 min-w-10 shrink-0 cursor-pointer items-center justify-center gap-1.5 px-2 text-sm text-stage-muted -outline-offset-2! hover:text-stage-ink focus-visible:outline-stage-accent';

/** A button of the stage's bar, with an icon or a few letters. `title`: what it is good for; without one an icon shows its name. */
export function BarButton({ label, icon, text, className = '', ...props }: BarButtonProps) {
  return (
    <button
      type="button"
      aria-label={label}
      {...(!text && { title: label })}
      className={`${BAR_BUTTON} ${className}`}
      {...props}
    >
      {icon && (
        <svg viewBox="0 0 20 20" className="size-5" aria-hidden="true">
          <path d={icon} fill="none" stroke="currentColor" strokeWidth="1.6" strokeLinecap="round" />
        </svg>
      )}
      {text}
    </button>
  );
}

/** A row that is wider than a phone fades out at its right end: there is more of it to be pulled in. */
export const FADING_ROW =
  'overflow-x-auto [scrollbar-width:none] max-lg:pr-8 max-lg:[mask-image:linear-gradient(to_right,#000_calc(100%-2rem),transparent)]';
