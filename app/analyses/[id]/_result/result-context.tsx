'use client';

import { createContext, use } from 'react';
import { useStore } from 'zustand';
import type { ResultModel, ResultStore } from './result-store';

export const ResultContext = createContext<ResultStore | null>(null);

/** Called when the image of this result is analysed anew. */
export const RestartContext = createContext<() => void>(() => undefined);
export const useRestarted = () => use(RestartContext);

/** Goes through the result step by step. */
export const GuideContext = createContext<() => void>(() => undefined);
export const useStartGuide = () => use(GuideContext);

export function useResultStore(): ResultStore {
  const store = use(ResultContext);
  if (!store) throw new Error('There is no result store above this component.');
  return store;
}

/** Subscribes to a part of the result store. The selector must return the same object while nothing changes. */
export function useResult<T>(selector: (state: ResultModel) => T): T {
  return useStore(useResultStore(), selector);
}

/** Whether the page was opened by the edit link. */
export const useMayEdit = () => useResult((state) => state.analysis.may_edit);

/** The actions never change: this subscribes to nothing. */
export const useResultActions = () => useResultStore().getState().actions;
