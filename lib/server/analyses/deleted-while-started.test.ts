import { expect, it, vi } from 'vitest';
import { keysUnder, runSite, sendAndVerify, toPng } from '@/lib/server/analyses/__fixtures__/site';
import { getStorage } from '@/lib/server/storage';
import { drawDiscs } from '@/workers/__fixtures__/draw';
import { deleteAnalysis, startAnalysis } from './run-analysis';

runSite();

it('stays deleted when it is deleted while it is started', async () => {
  const id = await sendAndVerify(await toPng(drawDiscs(60, 40, 4, 7).image));
  const storage = getStorage();
  const put = storage.put.bind(storage);
  const spy = vi.spyOn(storage, 'put').mockImplementationOnce(async (...written) => {
    await deleteAnalysis(id);
    return put(...written);
  });
  await expect(startAnalysis(id, { resolution: '40x' }, 'test')).rejects.toMatchObject({ code: 'analysis_not_found' });
  expect(await keysUnder(id)).toEqual([]);
  spy.mockRestore();
});
