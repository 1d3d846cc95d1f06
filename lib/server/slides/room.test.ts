import { expect, it } from 'vitest';
import { runSite } from '@/lib/server/analyses/__fixtures__/site';
import { assertRoomForScoring } from './room';

runSite();

it('a scoring that the disk has no room for is refused with what it needs and what is free', async () => {
  await expect(assertRoomForScoring(1e6)).resolves.toBeUndefined();
  await expect(assertRoomForScoring(1e15)).rejects.toMatchObject({
    code: 'storage_full',
    detail: expect.stringMatching(/^To score this part of the slide needs 1600000000000000 bytes .* has \d+ .* free/),
  });
});
