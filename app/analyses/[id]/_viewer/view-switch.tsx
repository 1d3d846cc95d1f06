import { Radio } from '@base-ui/react/radio';
import { RadioGroup } from '@base-ui/react/radio-group';
import { t } from '@/app/_text/t';
import { VIEW_MODES, type ViewMode } from '../_pictures/view-settings';
import { useResult, useResultActions } from '../_result/result-context';

const LOOKS: Record<ViewMode, { label: string; tip: string }> = {
  original: { label: t('Original'), tip: t('What was measured: when in doubt, this decides') },
  inferred: {
    label: t('Inferred'),
    tip: t('As immunofluorescence would show it, in the colours of Layers: says why a nucleus is positive'),
  },
  hematoxylin: { label: t('Hematoxylin'), tip: t('Without the brown: for chromatin and form below a strong stain') },
  side: { label: t('Side by side'), tip: t('Original and inferred, moved together') },
  swipe: { label: t('Swipe'), tip: t('Original and inferred at the same place, with a line to move between them') },
};

/** Chooses the view: one of the pictures, or two of them side by side or with a swipe line. */
export function ViewSwitch() {
  const mode = useResult((state) => state.view.mode);
  const hasHematoxylin = useResult((state) => state.analysis.result?.pictures.Hema !== undefined);
  const { setMode } = useResultActions();
  const modes = VIEW_MODES.filter((value) => hasHematoxylin || value !== 'hematoxylin');
  return (
    <RadioGroup<ViewMode>
      aria-label={t('Picture')}
      data-guide="views"
      value={mode}
      onValueChange={setMode}
      className="flex shrink-0"
    >
      {modes.map((value) => (
        <Radio.Root
          key={value}
          value={value}
          aria-label={LOOKS[value].label}
          title={LOOKS[value].tip}
          className="inline-flex min-h-11 cursor-pointer items-center whitespace-nowrap border-transparent border-b-2 px-2 text-sm text-stage-muted sm:px-3 -outline-offset-2! hover:text-stage-ink focus-visible:outline-stage-accent data-checked:border-stage-accent data-checked:text-stage-ink"
        >
          {LOOKS[value].label}
        </Radio.Root>
      ))}
    </RadioGroup>
  );
}
