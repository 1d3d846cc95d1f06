import type { DraftStorage } from './drafts';

/** Which count leads: that of all nuclei, unless the user of this browser has chosen tumour nuclei. */
export type Headline = 'all' | 'tumour';

const KEY = 'restain-headline';

export const readHeadline = (storage: Pick<DraftStorage, 'getItem'> | null): Headline =>
  storage?.getItem(KEY) === 'tumour' ? 'tumour' : 'all';

export function storeHeadline(storage: Pick<DraftStorage, 'setItem'> | null, headline: Headline): void {
  try {
    storage?.setItem(KEY, headline);
  } catch {
    // The storage is full. The choice holds until the page is left.
  }
}
