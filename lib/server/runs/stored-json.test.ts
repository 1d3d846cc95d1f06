import { expect, it } from 'vitest';
import { z } from 'zod';
import { runSite } from '@/lib/server/analyses/__fixtures__/site';
import { getStorage } from '@/lib/server/storage';
import { readJson } from './stored-json';

runSite();

it('what cannot be read is told without a word of it, since causes are logged', async () => {
  const schema = z.object({ name: z.string() });
  for (const text of ['{"name":"Jane"Doe"}', '{"name":"Jane', '{"name":["Jane"]}']) {
    await getStorage().put('torn.json', Buffer.from(text));
    const error = await readJson('torn.json', schema).catch((thrown: unknown) => thrown);
    expect(error, text).toMatchObject({ code: 'stored_damaged' });
    const { message, cause } = error as Error;
    expect(`${message} ${cause}`, text).not.toMatch(/Jane|Doe/);
  }
});
