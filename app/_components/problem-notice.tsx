import type { ReactNode } from 'react';

/** A problem as a sentence, with the next step. */
export function ProblemNotice({ problem, children }: { problem: string; children?: ReactNode }) {
  return (
    <div role="alert" className="space-y-3 border-fault border-l-3 bg-surface px-4 py-3">
      <p className="wrap-anywhere">{problem}</p>
      {children}
    </div>
  );
}
