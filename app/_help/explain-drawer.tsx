'use client';

import { lazy, type ReactNode, Suspense } from 'react';
import { Drawer } from '@/app/_components/ui/drawer';
import { t } from '@/app/_text/t';
import type { Shown } from './explanation';

const Explanation = lazy(() => import('./explanation'));

type ExplainDrawerProps = {
  of: 'result' | 'slide';
  /** The pictures that the network has inferred. */
  inferred: readonly Shown[];
  /** What else can be done from here. */
  children?: ReactNode;
};

/** Explains each picture, the outlines and the number. Texts and pictures are loaded when it is opened. */
export function ExplainDrawer({ of, inferred, children }: ExplainDrawerProps) {
  return (
    <Drawer
      trigger={t('What am I looking at?')}
      title={t('What you are looking at')}
      className="min-h-9 shrink-0 text-hematoxylin text-sm underline decoration-1 underline-offset-3"
    >
      {children}
      <Suspense fallback={<p role="status">{t('Opening the help.')}</p>}>
        <Explanation of={of} inferred={inferred} />
      </Suspense>
    </Drawer>
  );
}
