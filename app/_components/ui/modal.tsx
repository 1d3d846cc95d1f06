'use client';

import { Dialog } from '@base-ui/react/dialog';
import type { ReactNode } from 'react';

type ModalProps = { title: string; isOpen: boolean; onClose: () => void; children: ReactNode; actions: ReactNode };

/** A dialog that keeps the focus. Escape closes it. */
export function Modal({ title, isOpen, onClose, children, actions }: ModalProps) {
  return (
    <Dialog.Root open={isOpen} onOpenChange={(open) => open || onClose()}>
      <Dialog.Portal>
        <Dialog.Backdrop className="fixed inset-0 z-20 bg-stage/75" />
        <Dialog.Popup className="fixed inset-x-0 bottom-0 z-20 mx-auto flex max-h-[calc(100dvh-2rem)] max-w-xl flex-col rounded-t-xl bg-surface text-ink sm:top-1/2 sm:bottom-auto sm:-translate-y-1/2 sm:rounded-xl">
          <Dialog.Title className="px-6 pt-6 font-semibold text-xl tracking-tight">{title}</Dialog.Title>
          <div className="overflow-y-auto px-6 py-4">{children}</div>
          <div className="flex flex-wrap gap-3 px-6 pb-6">{actions}</div>
        </Dialog.Popup>
      </Dialog.Portal>
    </Dialog.Root>
  );
}
