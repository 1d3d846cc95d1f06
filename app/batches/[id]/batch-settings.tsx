import { NumberBox } from '@/app/_components/ui/number-box';
import { micronsOf, type PixelSizeChoice, UNCHOSEN } from '@/app/_start/pixel-size-choice';
import { PixelSizeField } from '@/app/_start/pixel-size-field';
import type { BatchOptions, BatchRow } from '@/lib/contracts/batch';
import type { Classifier } from '@/lib/contracts/classifier';
import { ClassifierField } from './classifier-field';

/** What the images of a batch are run with. A threshold that is null is the model's own. */
export type Settings = {
  pixelSize: PixelSizeChoice;
  /** Whether an image whose file states a pixel size has that one. */
  usesStated: boolean;
  thresholds: Record<ThresholdName, number | null>;
  /** Taught on another image; null = kinds are those of the prior. */
  classifier: Classifier | null;
};
type ThresholdName = 'prob_thresh' | 'size_thresh' | 'size_thresh_upper' | 'marker_thresh';

export const INITIAL_SETTINGS: Settings = {
  pixelSize: UNCHOSEN,
  usesStated: true,
  thresholds: { prob_thresh: null, size_thresh: null, size_thresh_upper: null, marker_thresh: null },
  classifier: null,
};

const THRESHOLDS: readonly { name: ThresholdName; label: string; min: number; max: number; unit: string }[] = [
  { name: 'prob_thresh', label: 'Segmentation threshold', min: 0, max: 254, unit: '' },
  { name: 'size_thresh', label: 'Smallest nucleus', min: 0, max: 1e6, unit: 'px' },
  { name: 'size_thresh_upper', label: 'Largest nucleus', min: 1, max: 1e6, unit: 'px' },
  { name: 'marker_thresh', label: 'Marker threshold', min: 0, max: 255, unit: '' },
];

/** One request for the rows whose files state a pixel size, and one for the others; null where the settings are faulty. */
export function requestsFor(
  rows: readonly BatchRow[],
  settings: Settings,
): { analyses: string[]; options: BatchOptions }[] | null {
  const { pixelSize, usesStated } = settings;
  const microns = micronsOf(pixelSize);
  const scoring = scoringOf(settings);
  const own = rows.filter(({ source }) => usesStated && source?.microns_per_pixel != null);
  const others = rows.filter((row) => !own.includes(row));
  if (others.length > 0 && microns === null) return null;
  const size =
    pixelSize.name === 'other' || pixelSize.name === null
      ? { microns_per_pixel: microns ?? undefined }
      : { resolution: pixelSize.name };
  return [
    { analyses: own.map(({ analysis }) => analysis), options: { ...scoring } },
    { analyses: others.map(({ analysis }) => analysis), options: { ...scoring, ...size } },
  ].filter(({ analyses }) => analyses.length > 0);
}

function scoringOf({ thresholds, classifier }: Settings): Pick<BatchOptions, 'scoring'> {
  const stated = Object.entries(thresholds).filter(([, value]) => value !== null);
  if (stated.length === 0 && classifier === null) return {};
  return { scoring: { ...Object.fromEntries(stated), ...(classifier && { classifier }) } };
}

type BatchSettingsProps = { rows: readonly BatchRow[]; settings: Settings; onChange: (settings: Settings) => void };

/** The settings that all images of a run share. */
export function BatchSettings({ rows, settings, onChange }: BatchSettingsProps) {
  const { usesStated } = settings;
  const stated = rows.filter(({ source }) => source?.microns_per_pixel != null).length;
  const known = rows.filter(({ source }) => source !== null).length;
  return (
    <div className="space-y-4">
      <PixelSizeField choice={settings.pixelSize} onChange={(pixelSize) => onChange({ ...settings, pixelSize })}>
        {`${stated} of ${known} files state their pixel size.${usesStated && stated > 0 ? ' This is for the others.' : ''}`}
      </PixelSizeField>
      {stated > 0 && (
        <label className="flex items-start gap-3">
          <input
            type="checkbox"
            checked={settings.usesStated}
            onChange={(event) => onChange({ ...settings, usesStated: event.target.checked })}
            className="mt-0.5 size-5 shrink-0"
          />
          Where a file states its pixel size, use that one
        </label>
      )}
      <details>
        <summary className="cursor-pointer font-medium">Thresholds</summary>
        <div className="mt-2 space-y-2">
          {THRESHOLDS.map(({ name, label, min, max, unit }) => (
            <div key={name} className="flex items-center justify-between gap-3">
              <span>{label}</span>
              <span className="flex items-center gap-2">
                <NumberBox
                  label={label}
                  value={settings.thresholds[name]}
                  min={min}
                  max={max}
                  placeholder="auto"
                  onChange={(value) => onChange({ ...settings, thresholds: { ...settings.thresholds, [name]: value } })}
                />
                <span className="w-5 text-muted text-sm">{unit}</span>
              </span>
            </div>
          ))}
          <p className="text-muted text-sm">An empty box leaves the choice to the model.</p>
        </div>
      </details>
      <ClassifierField
        classifier={settings.classifier}
        onChange={(classifier) => onChange({ ...settings, classifier })}
      />
    </div>
  );
}
