import { t } from '@/app/_text/t';

/** What a slide can be stained for, as people write it. */
export const MARKER_NAMES = {
  ki67: 'Ki67',
  er: 'ER',
  pr: 'PR',
  p53: 'p53',
  cd3: 'CD3',
  cd8: 'CD8',
  cd138: 'CD138',
  her2: 'HER2',
  pdl1: 'PD-L1',
  he: 'H&E',
  other: t('Another marker'),
} as const;
export type MarkerName = keyof typeof MARKER_NAMES;

type MarkerSelectProps = {
  /** null where nobody stated it. */
  marker: MarkerName | null;
  isDisabled?: boolean;
  onChange: (marker: MarkerName | null) => void;
};

/** What the slide is stained for. */
export function MarkerSelect({ marker, isDisabled = false, onChange }: MarkerSelectProps) {
  return (
    <label
      className="flex flex-wrap items-center gap-2 text-sm"
      title={t('Decides what leads: the index, membranes, or a count; and whether tumour nuclei are counted apart')}
    >
      <span className="text-muted">{t('Stained for')}</span>
      <select
        className="max-w-full rounded-md border border-line bg-transparent px-2 py-1"
        value={marker ?? ''}
        disabled={isDisabled}
        onChange={(event) => onChange((event.target.value || null) as MarkerName | null)}
      >
        <option value="">{t('not stated')}</option>
        {Object.entries(MARKER_NAMES).map(([name, words]) => (
          <option key={name} value={name}>
            {words}
          </option>
        ))}
      </select>
    </label>
  );
}
