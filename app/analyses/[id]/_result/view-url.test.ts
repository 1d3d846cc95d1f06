import { expect, test } from 'vitest';
import { INITIAL_VIEW } from '../_pictures/view-settings';
import { readView, writeView } from './view-url';

test('an address holds the view, and what is as at first is left out', () => {
  expect(writeView(INITIAL_VIEW)).toBe('');
  const view = readView('?view=swipe&layers=dapi,lap2&outlines=off&heat=density&other=1');
  expect(view.mode).toBe('swipe');
  expect(Object.values(view.layers).map(({ isShown }) => isShown)).toEqual([false, true, true, false]);
  expect(writeView(view)).toBe('?view=swipe&layers=dapi,lap2&outlines=off&heat=density');
  expect(readView('?view=nonsense')).toEqual(INITIAL_VIEW);
});
