'use client';

import { createContext, use } from 'react';
import { useStore } from 'zustand';
import type { Workbench, WorkbenchStore } from './store';

export const WorkbenchContext = createContext<WorkbenchStore | null>(null);

export function useWorkbenchStore(): WorkbenchStore {
  const store = use(WorkbenchContext);
  if (!store) throw new Error('There is no workbench around this component.');
  return store;
}

/** Subscribes to a part of the workbench; the selector must give the same object while nothing has changed. */
export function useWorkbench<T>(selector: (state: Workbench) => T): T {
  return useStore(useWorkbenchStore(), selector);
}

/** The actions never change: this subscribes to nothing. */
export const useWorkbenchActions = () => useWorkbenchStore().getState().actions;
