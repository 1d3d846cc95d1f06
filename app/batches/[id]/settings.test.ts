import { describe, expect, it } from 'vitest';
import type { BatchRow } from '@/lib/contracts/batch';
import { INITIAL_SETTINGS, requestsFor, rowsToSize, type Settings } from './settings';

/** An image whose file states a pixel size, or none. */
const rowOf = (number: number, microns: number | null): BatchRow => ({
  ...{ number, analysis: String(number).padStart(22, 'x'), state: 'ready', sample: null, started: null },
  source: { width: 9, height: 9, microns_per_pixel: microns, thumbnail: '/t', needs_choice: false, warnings: [] },
});
const [stating, silent] = [rowOf(1, 0.25), rowOf(2, null)];
const with20x: Settings = { ...INITIAL_SETTINGS, pixelSize: { ...INITIAL_SETTINGS.pixelSize, name: '20x' } };

describe('what a batch is run with', () => {
  it('is the pixel size of the file where it states one, and the chosen one for the others', () => {
    expect(requestsFor([stating, silent], with20x)).toEqual([
      { analyses: [stating.analysis], options: {} },
      { analyses: [silent.analysis], options: { resolution: '20x' } },
    ]);
    expect(requestsFor([stating, silent], { ...with20x, usesStated: false })).toEqual([
      { analyses: [stating.analysis, silent.analysis], options: { resolution: '20x' } },
    ]);
  });

  it('is not known while a pixel size is missing', () => {
    expect(requestsFor([stating, silent], INITIAL_SETTINGS)).toBeNull();
    expect(requestsFor([stating], INITIAL_SETTINGS)).toHaveLength(1);
    expect(requestsFor([], INITIAL_SETTINGS)).toEqual([]);
  });

  it('lacks the pixel size of images whose files state none, or of all where that of the file is not used', () => {
    expect(rowsToSize([stating, silent], INITIAL_SETTINGS)).toEqual([silent]);
    expect(rowsToSize([stating, silent], { ...INITIAL_SETTINGS, usesStated: false })).toEqual([stating, silent]);
  });

  it('holds the thresholds and the marker that are stated, and nothing for those that are not', () => {
    const thresholds = { ...INITIAL_SETTINGS.thresholds, size_thresh: 0 };
    expect(requestsFor([silent], { ...with20x, thresholds, marker: 'pdl1' })).toEqual([
      { analyses: [silent.analysis], options: { scoring: { size_thresh: 0, marker: 'pdl1' }, resolution: '20x' } },
    ]);
  });
});
