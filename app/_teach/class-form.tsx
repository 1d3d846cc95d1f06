import { useState } from 'react';
import { TEXT_BUTTON } from '@/app/_components/panel-section';
import { t } from '@/app/_text/t';
import { type Classifier, faultOfTeaching, TaughtClass, type TeachingFields } from '@/lib/contracts/classifier';
import { KINDS, type NucleusKind } from '@/lib/scoring/classify/kinds';
import { KIND_WORDS } from './kind-words';

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
      (isKnown ? t('there is a class of this name') : null) ??
      faultOfTeaching({ teaching: together, classifier: classifier ?? undefined });
    setProblem(fault === null ? null : t('The class was not added: {fault}.', { fault }));
    if (fault !== null) return;
    onAdd(named);
    setName('');
  }

  return (
    <details className="mt-1.5 text-sm">
      <summary className="cursor-pointer">{t('A class of your own')}</summary>
      <form
        className="mt-1 flex flex-wrap items-center gap-2"
        onSubmit={(event) => {
          event.preventDefault();
          add();
        }}
      >
        <input
          aria-label={t('Name of the class')}
          placeholder={t('Name')}
          value={name}
          onChange={(event) => setName(event.target.value)}
          className="min-h-9 w-32 rounded-md border border-edge bg-transparent px-2"
        />
        <label className="flex items-center gap-1.5">
          {t('counts as')}
          <select
            value={kind}
            onChange={(event) => setKind(event.target.value as NucleusKind)}
            className="min-h-9 rounded-md border border-edge bg-transparent px-1"
          >
            {KINDS.map((of) => (
              <option key={of} value={of}>
                {KIND_WORDS[of]}
              </option>
            ))}
          </select>
        </label>
        <button type="submit" className={TEXT_BUTTON}>
          {t('Add class')}
        </button>
      </form>
      {classes.map(({ name: known }) => (
        <button key={known} type="button" onClick={() => onRemove(known)} className={TEXT_BUTTON}>
          {t('Remove {name} and its clicks', { name: known })}
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
