import { MARKER_NAMES } from '@/app/_components/marker-select';
import { PrintedFacts } from '@/app/_components/printed-facts';
import { t } from '@/app/_text/t';
import { gradingOf } from '@/lib/contracts/score-choice';
import { PROTOCOLS } from '@/lib/scoring/slide/protocols';
import { useScoring } from './scoring-context';

/** On paper alone: what the numbers were made with, which on the screen the tools say. */
export function PrintedSettings() {
  const numbers = useScoring((state) => state.numbers);
  const settings = useScoring((state) => state.settings);
  const usual = useScoring((state) => state.plan?.defaults.probThresh ?? null);
  const protocol = useScoring((state) => state.protocol);
  const latest = useScoring((state) => state.scorings?.[0]);
  if (!numbers || numbers.cells === 0) return null;
  const { sizeThresh, sizeThreshUpper, markerThresh } = numbers.gates;
  const { twoPlus, threePlus } = gradingOf(settings);
  const { name, sources } = PROTOCOLS[protocol];
  const rows: [label: string, value: string][] = [
    [t('Protocol'), [name, ...sources].join('; ')],
    [t('Segmentation threshold'), String(settings.prob_thresh ?? usual ?? '')],
    [
      t('Nuclear size'),
      sizeThreshUpper === null
        ? t('more than {least} px', { least: sizeThresh })
        : t('more than {least} and less than {most} px', { least: sizeThresh, most: sizeThreshUpper }),
    ],
    [t('Marker threshold'), markerThresh === null ? t('off') : String(markerThresh)],
    [t('Intensity, OD'), t('2+ from {twoPlus}, 3+ from {threePlus}', { twoPlus, threePlus })],
    [t('Stained for'), settings.marker ? MARKER_NAMES[settings.marker] : t('not stated')],
    ...(latest
      ? ([
          [t('Model'), latest.model],
          [t('Scored'), latest.created_at.slice(0, 16).replace('T', ' ')],
        ] as [string, string][])
      : []),
  ];
  return (
    <div className="hidden print:block">
      <PrintedFacts title={t('Settings')} rows={rows} />
    </div>
  );
}
