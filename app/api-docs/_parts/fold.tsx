import type { ReactNode } from 'react';

type FoldProps = { id: string | undefined; title: ReactNode; children: ReactNode };

/** A part of the page that is closed at first. The id is inside of what is folded: browsers open it for an address that names it. */
export function Fold({ id, title, children }: FoldProps) {
  return (
    <details className="border-line border-t">
      <summary className="cursor-pointer py-3">{title}</summary>
      <div id={id} className="flex scroll-mt-16 flex-col gap-4 pb-6">
        {children}
      </div>
    </details>
  );
}
