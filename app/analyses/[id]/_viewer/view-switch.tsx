import { Radio } from '@base-ui/react/radio';
import { RadioGroup } from '@base-ui/react/radio-group';
import { VIEW_MODES, type ViewMode } from '../_pictures/view-settings';
import { useResult, useResultActions } from '../_result/result-context';

const LABELS: Record<ViewMode, string> = {
  original: 'Original',
  inferred: 'Inferred',
  hematoxylin: 'Hematoxylin',
  side: 'Side by side',
  swipe: 'Swipe',
};

/** Chooses the view: one of the pictures, or two of them side by side or with a swipe line. */
export function ViewSwitch() {
  const mode = useResult((state) => state.view.mode);
  const hasHematoxylin = useResult((state) => state.analysis.result?.pictures.Hema !== undefined);
  const { setMode } = useResultActions();
  const modes = VIEW_MODES.filter((value) => hasHematoxylin || value !== 'hematoxylin');
  return (
    <RadioGroup<ViewMode> aria-label="Picture" value={mode} onValueChange={setMode} className="flex shrink-0">
      {modes.map((value) => (
        <Radio.Root
          key={value}
          value={value}
          aria-label={LABELS[value]}
          className="inline-flex min-h-11 cursor-pointer items-center whitespace-nowrap border-transparent border-b-2 px-2 text-sm text-stage-muted sm:px-3 -outline-offset-2! hover:text-stage-ink focus-visible:outline-stage-accent data-checked:border-stage-accent data-checked:text-stage-ink"
        >
          {LABELS[value]}
        </Radio.Root>
      ))}
    </RadioGroup>
  );
}
