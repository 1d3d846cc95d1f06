import type { ReactNode } from 'react';
import { useMayEdit } from '../_result/result-context';

/** Fields that are only read where the page was opened by the view link. */
export function Changeable({ children }: { children: ReactNode }) {
  const mayEdit = useMayEdit();
  return (
    <fieldset disabled={!mayEdit} className="min-w-0">
      {children}
    </fieldset>
  );
}
