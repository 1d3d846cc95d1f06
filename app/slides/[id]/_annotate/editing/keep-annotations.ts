import { keepSaved, type Saving as SavingOf } from '@/lib/client/keep-saved';
import type { Annotation, Annotations, SavedAnnotations } from '@/lib/contracts/annotation';
import { areSame, mergeChanges } from './merge-changes';

type All = readonly Annotation[];

/** How the annotations on the page stand to those on the server. */
export type Saving = SavingOf<Annotations>;

type Keeper = {
  read: (signal: AbortSignal) => Promise<Annotations>;
  save: (base: number, annotations: All) => Promise<SavedAnnotations>;
  /** What is on the page now. */
  current: () => All;
  /** Puts other annotations on the page. `step`: going back brings those that were there back. */
  show: (annotations: All, how: 'load' | 'take' | 'step') => void;
  onChange: (saving: Saving) => void;
  onSaved: (saved: SavedAnnotations) => void;
};

/** Keeps the annotations on the server; what two windows have changed can be kept together. */
export function keepAnnotations({ save, onSaved, ...page }: Keeper) {
  return keepSaved<All, Annotations>({
    ...page,
    contentOf: ({ annotations }) => annotations,
    isSame: areSame,
    together: mergeChanges,
    async save(base, annotations) {
      const saved = await save(base, annotations);
      onSaved(saved);
      return saved;
    },
  });
}
