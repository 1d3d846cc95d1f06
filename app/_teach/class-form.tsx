import { useState } from 'react';
import { TEXT_BUTTON } from '@/app/_components/panel-section';
import { type Classifier, faultOfTeaching, TaughtClass, type TeachingFields } from '@/lib/contracts/classifier';
import { KINDS, type NucleusKind } from '@/lib/scoring/classify/kinds';

type ClassFormProps = {
  teaching: TeachingFields;
  classifier: Classifier | null;
  onAdd: (named: TaughtClass) => void;
  onRemove: (name: string) => void;
};

/** A class of the user's own, and the kind as which it counts. */
export function ClassForm({ teaching, classifier, onAdd, onRemove }: ClassFormProps) {
  const [name, setName] = useState('');
  const [kind, setKind] = useState<NucleusKind>('tumour');
  const [problem, setProblem] = useState<string | null>(null);
  const { classes } = teaching;

  function add() {
    const named = { name: name.trim(), kind };
    const read = TaughtClass.safeParse(named);
    const isKnown = [...classes, ...(classifier?.classes ?? [])].some((of) => of.name === named.name);
    const together = { classes: [...classes, named], clicks: [] };
    const fault =
      (read.success ? null : (read.error.issues[0]?.message ?? '')) ??
      (isKnown ? 'there is a class of this name' : null) ??
      faultOfTeaching({ teaching: together, classifier: classifier ?? undefined });
    setProblem(fault === null ? null : `The class was not added: ${fault}.`);
    if (fault !== null) return;
    onAdd(named);
    setName('');
  }

  return (
    <details className="mt-1.5 text-sm">
      <summary className="cursor-pointer">A class of your own</summary>
      <form
        className="mt-1 flex flex-wrap items-center gap-2"
        onSubmit={(event) => {
          event.preventDefault();
          add();
        }}
      >
        <input
          aria-label="Name of the class"
          placeholder="Name"
          value={name}
          onChange={(event) => setName(event.target.value)}
          className="min-h-9 w-32 rounded-md border border-edge bg-transparent px-2"
        />
        <label className="flex items-center gap-1.5">
          counts as
          <select
            value={kind}
            onChange={(event) => setKind(event.target.value as NucleusKind)}
            className="min-h-9 rounded-md border border-edge bg-transparent px-1"
          >
            {KINDS.map((of) => (
              <option key={of} value={of}>
                {of}
              </option>
            ))}
          </select>
        </label>
        <button type="submit" className={TEXT_BUTTON}>
          Add class
        </button>
      </form>
      {classes.map(({ name: known }) => (
        <button key={known} type="button" onClick={() => onRemove(known)} className={TEXT_BUTTON}>
          Remove {known} and its clicks
        </button>
      ))}
      {problem && (
        <p role="alert" className="text-muted">
          {problem}
        </p>
      )}
    </details>
  );
}
