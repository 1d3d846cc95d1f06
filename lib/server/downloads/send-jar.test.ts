import { existsSync, readFileSync } from 'node:fs';
import { strFromU8, unzipSync } from 'fflate';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { resetEnvForTests } from '@/lib/server/env';
import { sendJar } from './send-jar';

const ENTRY = 'restain/server.properties';

function configure(address: string | undefined) {
  vi.stubEnv('PUBLIC_URL', address);
  resetEnvForTests();
}
afterEach(() => {
  vi.unstubAllEnvs();
  resetEnvForTests();
});

describe.each([
  ['restain-imagej.jar', 'Restain_.jar'],
  ['restain-client.jar', 'restain-client.jar'],
] as const)('%s', (file, savedAs) => {
  it('is the committed file where no address is set', async () => {
    configure(undefined);
    const response = await sendJar(file);
    expect(response.headers.get('Content-Disposition')).toBe(`attachment; filename="${savedAs}"`);
    expect(Buffer.from(await response.arrayBuffer()).equals(readFileSync(`public/downloads/${file}`))).toBe(true);
  });

  it('has one more entry where the address is set, and all others as they were', async () => {
    configure('https://restain.example.org/lab/');
    const response = await sendJar(file);
    const bytes = new Uint8Array(await response.arrayBuffer());
    expect(response.headers.get('Content-Length')).toBe(String(bytes.length));
    const { [ENTRY]: entry, ...others } = unzipSync(bytes);
    expect(strFromU8(entry!)).toBe('address=https://restain.example.org/lab\n');
    const committed = unzipSync(readFileSync(`public/downloads/${file}`));
    expect(Object.keys(others)).toEqual(Object.keys(committed));
    for (const [name, content] of Object.entries(committed))
      expect(Buffer.from(content).equals(others[name]!), name).toBe(true);
  });

  it('names the address that is set now', async () => {
    configure('https://a.example');
    const first = unzipSync(new Uint8Array(await (await sendJar(file)).arrayBuffer()));
    configure('https://b.example');
    const second = unzipSync(new Uint8Array(await (await sendJar(file)).arrayBuffer()));
    expect([first, second].map((jar) => strFromU8(jar[ENTRY]!).trim())).toEqual([
      'address=https://a.example',
      'address=https://b.example',
    ]);
  });
});

it('serves no other file', async () => {
  configure(undefined);
  for (const file of ['', 'restain-other.jar', '../samples/samples.json', 'constructor'])
    await expect(sendJar(file)).rejects.toMatchObject({ code: 'not_found' });
  expect(existsSync('public/samples/samples.json')).toBe(true);
});
