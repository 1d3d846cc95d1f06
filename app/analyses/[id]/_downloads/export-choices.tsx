import { useId } from 'react';
import { t } from '@/app/_text/t';
import type { ExportOptions } from '@/lib/contracts/exports';

type ExportChoicesProps = {
  options: ExportOptions;
  /** Whether the picture is a part of a slide: only then the two coordinates differ. */
  isPart: boolean;
  onChange: (options: ExportOptions) => void;
};

/** Options of the files that list nuclei. */
export function ExportChoices({ options, isPart, onChange }: ExportChoicesProps) {
  return (
    <fieldset className="mt-2 min-w-0 space-y-1.5 text-sm">
      <legend className="sr-only">{t('Options of the files')}</legend>
      {isPart && (
        <Choose
          label={t('Coordinates')}
          value={options.coordinates}
          values={{ image: t('of this picture'), slide: t('of the whole slide') }}
          onChange={(coordinates) => onChange({ ...options, coordinates })}
        />
      )}
      <Choose
        label={t('QuPath classes')}
        value={options.geojson_classes}
        values={{
          positive: t('Positive, Negative'),
          grades: t('Negative, 1+, 2+, 3+'),
          kinds: t('Tumor: Positive and so on'),
        }}
        onChange={(geojson_classes) => onChange({ ...options, geojson_classes })}
      />
      <Choose
        label={t('CSV for')}
        value={options.csv}
        values={{ comma: t('programs: 0.5, commas'), semicolon: t('Excel in Europe: 0,5; semicolons') }}
        onChange={(csv) => onChange({ ...options, csv })}
      />
      <Choose
        label={t('Features of nuclei')}
        value={options.features}
        values={{ none: t('not listed'), all: t('all that kinds are told by') }}
        onChange={(features) => onChange({ ...options, features })}
      />
    </fieldset>
  );
}

type ChooseProps<T extends string> = {
  label: string;
  value: T;
  values: Record<T, string>;
  onChange: (value: T) => void;
};

function Choose<T extends string>({ label, value, values, onChange }: ChooseProps<T>) {
  const id = useId();
  return (
    <div className="flex flex-wrap items-center justify-between gap-x-3">
      <label htmlFor={id} className="text-muted">
        {label}
      </label>
      <select
        id={id}
        value={value}
        onChange={(event) => onChange(event.target.value as T)}
        className="h-10 min-w-0 max-w-full rounded border border-edge bg-surface px-2 lg:h-8"
      >
        {(Object.keys(values) as T[]).map((key) => (
          <option key={key} value={key}>
            {values[key]}
          </option>
        ))}
      </select>
    </div>
  );
}
