import { afterEach, expect, test, vi } from 'vitest';
import { guardLeaving } from './guard-leaving';

class Link {
  href = 'https://site/model';
  target = '';
  download = '';
  closest = () => this;
}
const click = (more: object = {}) => {
  const event = new Event('click', { cancelable: true });
  Object.defineProperty(event, 'target', { value: new Link() });
  return Object.assign(event, { button: 0, ...more });
};

afterEach(() => vi.unstubAllGlobals());

test('a link and a closed tab ask while something of either keeper is not saved, and once', () => {
  const assign = vi.fn();
  const [window, document] = [Object.assign(new EventTarget(), { location: { assign } }), new EventTarget()];
  vi.stubGlobal('window', window);
  vi.stubGlobal('document', document);
  vi.stubGlobal('Element', Link);
  vi.stubGlobal('HTMLAnchorElement', Link);
  const unsaved = { annotations: true, settings: true };
  const ends = [guardLeaving(() => unsaved.annotations), guardLeaving(() => unsaved.settings)];
  const asks = (target: EventTarget, event: Event) => !target.dispatchEvent(event);

  expect(asks(document, click())).toBe(true);
  expect(assign.mock.calls).toEqual([['https://site/model']]);
  unsaved.annotations = false;
  expect(asks(window, new Event('beforeunload', { cancelable: true }))).toBe(true);
  expect(asks(document, click())).toBe(true);
  expect(asks(document, click({ ctrlKey: true }))).toBe(false);
  unsaved.settings = false;
  expect(asks(document, click())).toBe(false);
  unsaved.settings = true;
  for (const end of ends) end();
  expect(asks(window, new Event('beforeunload', { cancelable: true }))).toBe(false);
  expect(assign).toHaveBeenCalledTimes(2);
});
