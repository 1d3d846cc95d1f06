'use client';

import { createContext, use } from 'react';
import { useStore } from 'zustand';
import type { ScoringModel, ScoringStore } from './scoring-store';

export const ScoringContext = createContext<ScoringStore | null>(null);

export function useScoringStore(): ScoringStore {
  const store = use(ScoringContext);
  if (!store) throw new Error('There is no scoring store above this component.');
  return store;
}

/** Subscribes to a part of the store. The selector must return the same object while nothing changes. */
export function useScoring<T>(selector: (state: ScoringModel) => T): T {
  return useStore(useScoringStore(), selector);
}

/** The actions never change: this subscribes to nothing. */
export const useScoringActions = () => useScoringStore().getState().actions;
