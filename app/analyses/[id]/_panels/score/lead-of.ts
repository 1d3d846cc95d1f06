import { t } from '@/app/_text/t';
import type { Marker } from '@/lib/scoring/classify/kinds';

/** What stands largest: the index; its interval, where few nuclei say little; or the count, where there is no index. */
export type Lead = 'index' | 'interval' | 'count';

/** An index of fewer nuclei is uncertain by ten points or more, so that its interval says more than itself. */
export const FEW_NUCLEI = 100;

/** On H&E, or where nothing is brown and no marker is stated, "0.0 %" is no finding, but the count is. */
export function leadOf({ total, positive, marker }: { total: number; positive: number; marker: Marker | null }): Lead {
  if (marker === 'he' || total === 0 || (positive === 0 && marker === null)) return 'count';
  return total < FEW_NUCLEI ? 'interval' : 'index';
}

/** Why something else than the index stands largest; null where the index does. */
export function reasonOf(lead: Lead, marker: Marker | null, isTumour = false): string | null {
  switch (lead) {
    case 'index':
      return null;
    case 'interval':
      return t('Fewer than {count} nuclei: the interval says more than the index. Count more before you rely on it.', {
        count: FEW_NUCLEI,
      });
    case 'count':
      if (marker === 'he')
        return t('H&E stains no marker, so that there is no index: nuclei and their density are counted.');
      return isTumour
        ? t(
            'No tumour nucleus is brown, so the count comes first. Is the slide stained for a marker? Then choose it, and the index comes first.',
          )
        : t(
            'No nucleus is brown, so the count comes first. Is the slide stained for a marker? Then choose it, and the index comes first.',
          );
  }
}
