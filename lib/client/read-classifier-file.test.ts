import { expect, it } from 'vitest';
import { EXAMPLE_CLASSIFIER, MAX_CLASSIFIER_BYTES } from '@/lib/contracts/classifier';
import { readClassifierFile, taughtText } from './read-classifier-file';

it('takes the file that the result page saves, and says how it was taught', async () => {
  const read = await readClassifierFile(new File([EXAMPLE_CLASSIFIER], 'mine.json'));
  expect(read).toEqual(JSON.parse(EXAMPLE_CLASSIFIER));
  if (typeof read !== 'string') expect(taughtText(read)).toBe('12 clicks on 1 image');
});

it('says why another one is not taken, and reads none that is too large', async () => {
  expect(await readClassifierFile(new File(['{}'], 'other.json'))).toMatch(
    /^other.json was not taken: expected a taught/,
  );
  const text = () => Promise.reject(new Error('it was read'));
  expect(await readClassifierFile({ name: 'large.json', size: MAX_CLASSIFIER_BYTES + 1, text })).toBe(
    'large.json was not taken: expected a taught classifier of at most 65536 bytes, got 65537.',
  );
});
