import { keepSaved, type Saving } from '@/lib/client/keep-saved';
import type { SaveSlideSettings, SlideSettings } from '@/lib/contracts/slide-settings';

export type SettingsFields = Omit<SlideSettings, 'revision'>;

/** How the settings on the page stand to those on the server. */
export type SettingsSaving = Saving<SlideSettings>;

type Keeper = {
  read: (signal: AbortSignal) => Promise<SlideSettings>;
  save: (body: SaveSlideSettings) => Promise<SlideSettings>;
  /** What is on the page now: another object after each change. */
  current: () => SettingsFields;
  show: (settings: SettingsFields) => void;
  onChange: (saving: SettingsSaving) => void;
  pauseMs?: number;
};

/** Keeps the settings on the server. */
export const keepSettings = ({ save, ...page }: Keeper) =>
  keepSaved<SettingsFields, SlideSettings>({
    ...page,
    contentOf: ({ revision: _, ...fields }) => fields,
    isSame: (a, b) => textOf(a) === textOf(b),
    save: (base, fields) => save({ ...fields, base_revision: base }),
  });

/** JSON with sorted keys: those of the server come in another order. */
const textOf = (value: unknown): string =>
  JSON.stringify(value, (_, one: unknown) =>
    one !== null && typeof one === 'object' && !Array.isArray(one)
      ? Object.fromEntries(Object.entries(one).sort(([a], [b]) => (a < b ? -1 : 1)))
      : one,
  );
