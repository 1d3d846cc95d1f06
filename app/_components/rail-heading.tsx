'use client';

import { type ReactNode, useEffect, useRef } from 'react';

/** The heading of a step. It takes the focus when the step begins, so that keyboard and screen reader follow. */
export function RailHeading({ children }: { children: ReactNode }) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => heading.current?.focus({ preventScroll: true }), []);
  return (
    <h1 ref={heading} tabIndex={-1} className="font-semibold text-xl tracking-tight outline-none">
      {children}
    </h1>
  );
}
