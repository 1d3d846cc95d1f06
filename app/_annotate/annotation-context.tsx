'use client';

import { createContext, use } from 'react';
import { useStore } from 'zustand';
import type { AnnotationModel, AnnotationStore } from './annotation-store';

export const AnnotationContext = createContext<AnnotationStore | null>(null);

export function useAnnotationStore(): AnnotationStore {
  const store = use(AnnotationContext);
  if (!store) throw new Error('There is no annotation store above this component.');
  return store;
}

/** Subscribes to a part of the store. The selector must return the same object while nothing changes. */
export function useAnnotations<T>(selector: (state: AnnotationModel) => T): T {
  return useStore(useAnnotationStore(), selector);
}

/** The actions never change: this subscribes to nothing. */
export const useAnnotationActions = () => useAnnotationStore().getState().actions;
