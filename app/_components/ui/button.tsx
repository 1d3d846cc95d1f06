import type { ComponentProps } from 'react';

const LOOKS = {
  primary: 'bg-action text-on-action hover:bg-action-hover',
  secondary: 'border border-edge text-ink hover:border-ink',
  /** For the stage, which is dark in both themes. */
  stage: 'border border-stage-edge text-stage-ink hover:border-stage-ink',
} as const;
type Look = keyof typeof LOOKS;

/** The classes of a button, for links that look like buttons. */
export const buttonClass = (look: Look) =>
  `inline-flex min-h-11 cursor-pointer items-center justify-center rounded-lg px-5 font-medium ${LOOKS[look]}`;

export function Button({
  look = 'primary',
  className = '',
  ...props
}: Omit<ComponentProps<'button'>, 'type'> & { look?: Look }) {
  return <button type="button" className={`${buttonClass(look)} ${className}`} {...props} />;
}
