import { MarkerSelect } from '@/app/_components/marker-select';
import { NumberBox } from '@/app/_components/ui/number-box';
import { PixelSizeField } from '@/app/_start/pixel-size-field';
import { t } from '@/app/_text/t';
import type { BatchRow } from '@/lib/contracts/batch';
import { ClassifierField } from './classifier-field';
import type { Settings, ThresholdName } from './settings';

const THRESHOLDS: readonly { name: ThresholdName; label: string; min: number; max: number; unit: string }[] = [
  { name: 'prob_thresh', label: t('Segmentation threshold'), min: 0, max: 254, unit: '' },
  { name: 'size_thresh', label: t('Smallest nucleus'), min: 0, max: 1e6, unit: 'px' },
  { name: 'size_thresh_upper', label: t('Largest nucleus'), min: 1, max: 1e6, unit: 'px' },
  { name: 'marker_thresh', label: t('Marker threshold'), min: 0, max: 255, unit: '' },
];

type BatchSettingsProps = { rows: readonly BatchRow[]; settings: Settings; onChange: (settings: Settings) => void };

/** The settings that all images of a run share. */
export function BatchSettings({ rows, settings, onChange }: BatchSettingsProps) {
  const { usesStated } = settings;
  const stated = rows.filter(({ source }) => source?.microns_per_pixel != null).length;
  const known = rows.filter(({ source }) => source !== null).length;
  return (
    <div className="space-y-4">
      <PixelSizeField choice={settings.pixelSize} onChange={(pixelSize) => onChange({ ...settings, pixelSize })}>
        {t('{stated} of {known} files state their pixel size.', { stated, known })}{' '}
        {usesStated && stated > 0 && t('This is for the others.')}
      </PixelSizeField>
      {stated > 0 && (
        <label className="flex items-start gap-3">
          <input
            type="checkbox"
            checked={settings.usesStated}
            onChange={(event) => onChange({ ...settings, usesStated: event.target.checked })}
            className="mt-0.5 size-5 shrink-0"
          />
          {t('Where a file states its pixel size, use that one')}
        </label>
      )}
      <MarkerSelect marker={settings.marker} onChange={(marker) => onChange({ ...settings, marker })} />
      <details>
        <summary className="cursor-pointer font-medium">{t('Thresholds')}</summary>
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
                  placeholder={t('auto')}
                  onChange={(value) => onChange({ ...settings, thresholds: { ...settings.thresholds, [name]: value } })}
                />
                <span className="w-5 text-muted text-sm">{unit}</span>
              </span>
            </div>
          ))}
          <p className="text-muted text-sm">{t('An empty box leaves the choice to the model.')}</p>
        </div>
      </details>
      <ClassifierField
        classifier={settings.classifier}
        onChange={(classifier) => onChange({ ...settings, classifier })}
      />
    </div>
  );
}
