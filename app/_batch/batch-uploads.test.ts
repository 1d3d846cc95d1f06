import { afterEach, expect, it, vi } from 'vitest';
import { isOver, uploadsOf } from './batch-uploads';

const image = () => new File(['pixels'], 'a.png');

afterEach(() => vi.unstubAllGlobals());

it('can send again after a stop: the deletion of the batch may have failed', async () => {
  const asked = vi.fn((_url: string, { signal }: RequestInit) => {
    return new Promise<Response>((_, reject) => signal?.addEventListener('abort', () => reject(signal.reason)));
  });
  vi.stubGlobal('fetch', asked);
  const uploads = uploadsOf('batch');
  uploads.add([image()]);
  await vi.waitFor(() => expect(asked).toHaveBeenCalledTimes(1));
  uploads.stop();
  expect(uploadsOf('batch').store.getState().every(isOver)).toBe(true);
  uploadsOf('batch').add([image()]);
  await vi.waitFor(() => expect(asked).toHaveBeenCalledTimes(2));
  const [, { signal }] = asked.mock.calls[1] as [string, RequestInit];
  expect(signal?.aborted).toBe(false);
  uploadsOf('batch').stop();
});
