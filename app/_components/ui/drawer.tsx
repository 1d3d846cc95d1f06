'use client';

import { Dialog } from '@base-ui/react/dialog';
import type { ReactNode } from 'react';
import { t } from '@/app/_text/t';
import { buttonClass } from './button';

type DrawerProps = { trigger: string; title: string; className?: string; children: ReactNode };

/** A panel that slides in from the right. Escape closes it. */
export function Drawer({ trigger, title, className = '', children }: DrawerProps) {
  return (
    <Dialog.Root>
      <Dialog.Trigger className={`cursor-pointer ${className}`}>{trigger}</Dialog.Trigger>
      <Dialog.Portal>
        <Dialog.Backdrop className="fixed inset-0 z-20 bg-stage/60" />
        <Dialog.Popup className="fixed inset-y-0 right-0 z-20 flex w-full max-w-md flex-col bg-surface text-ink">
          <div className="flex items-center justify-between gap-4 px-6 py-4">
            <Dialog.Title className="font-semibold text-xl tracking-tight">{title}</Dialog.Title>
            <Dialog.Close className="min-h-11 cursor-pointer px-2 text-hematoxylin">{t('Close')}</Dialog.Close>
          </div>
          <section
            aria-label={title}
            // biome-ignore lint/a11y/noNoninteractiveTabindex: a long text is scrolled by keyboard too.
            tabIndex={0}
            className="min-h-0 flex-1 overflow-y-auto px-6 pb-8 -outline-offset-2!"
          >
            {children}
          </section>
        </Dialog.Popup>
      </Dialog.Portal>
    </Dialog.Root>
  );
}

/** A button within it, which closes it. */
export function DrawerClose({ onClick, children }: { onClick: () => void; children: ReactNode }) {
  return (
    <Dialog.Close onClick={onClick} className={buttonClass('secondary')}>
      {children}
    </Dialog.Close>
  );
}
