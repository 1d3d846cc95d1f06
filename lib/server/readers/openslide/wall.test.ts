import { execFile } from 'node:child_process';
import { symlinkSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, describe, expect, it } from 'vitest';
import { makeTempFolder } from '@/lib/server/readers/temp/temp-folder';
import { ReaderProcess } from '@/lib/server/readers/walled/reader-process';
import { findWall, type WallKind } from '@/lib/server/readers/walled/wall';
import { drawMirax } from '../__fixtures__/draw-mirax';
import { findOpenslide } from './installation';
import { openslideProgram } from './program';

const isInstalled = findOpenslide() !== null;
const has = async (wall: WallKind) => {
  if (!isInstalled) return false;
  const found = await findWall(await openslideProgram(), wall);
  return found.kind === wall && found.works;
};
/** Each wall without the other. */
const WALLS: [string, WallKind, boolean][] = [
  ['bwrap alone', 'bwrap', true],
  ['unshare alone', 'unshare', true],
  ['Landlock and seccomp alone', 'none', false],
];
if (!isInstalled) console.log('Skipped: OpenSlide is not installed (npm run formats:install).');

/** Another slide of which all files can be read by everybody. */
const outside = await mkdtemp(join(tmpdir(), 'mirax-test-'));
afterAll(() => rm(outside, { recursive: true }));
const pixels = Buffer.alloc(64 * 64 * 3, 90);
const files = await drawMirax({ picture: { width: 64, height: 64, pixels }, side: 64, levels: 1 });
async function put(folder: string, edit = (text: string) => text): Promise<void> {
  for (const { name, bytes } of files) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    const text = name.endsWith('.ini');
    await writeFile(join(folder, name), text ? edit(bytes.toString('utf8')) : bytes);
  }
}
await put(outside);
const data = join(outside, 'slide', 'Data0001.dat');
const up = '../'.repeat(12);

/** What a process that has confined itself tries: prints the names of those that were not refused. */
const TRIES = `
import os, socket, sys
folder, outside = sys.argv[1:]
sys.path.insert(0, 'integrations/openslide')
import confine
confine.confine(folder)
def attempt(name, work):
    try:
        work()
        print(name)
    except OSError:
        pass
attempt('its own file', lambda: open(f'{folder}/own').read())
attempt('another file', lambda: open(f'{outside}/slide.mrxs').read())
attempt('variables of the server', lambda: open(f'/proc/{os.getppid()}/environ').read())
attempt('the list of files', lambda: os.listdir('/'))
attempt('writing', lambda: open(f'{folder}/new', 'w'))
attempt('writing over', lambda: open(f'{folder}/own', 'w'))
attempt('deleting', lambda: os.unlink(f'{folder}/own'))
attempt('other rights', lambda: os.chmod(f'{folder}/own', 0o777))
attempt('the network', lambda: socket.socket())
attempt('a socket of this machine', lambda: socket.socket(socket.AF_UNIX))
attempt('signals', lambda: os.kill(os.getppid(), 0))
attempt('another process', lambda: os.fork() or os._exit(0))
attempt('another program', lambda: os.execv('/bin/true', ['true']))
`;

for (const [name, kind, isUnconfined] of WALLS)
  describe.skipIf(!(await has(kind)))(name, () => {
    const reader = new ReaderProcess(() => openslideProgram({ isUnconfined }), kind);
    afterAll(() => reader.stop());

    /** Opens a slide and reads a pixel of it. */
    async function tell(
      prepare: (folder: string) => Promise<void>,
      pathOf = (folder: string) => `${folder}/slide.mrxs`,
    ) {
      const folder = await makeTempFolder();
      await prepare(folder.files);
      try {
        const seen = await reader.show(folder);
        const opened = await reader.request(['open', seen, pathOf(join(seen, 'slide', 'files'))], 20);
        if (opened.kind !== 'json') return opened.kind;
        return (await reader.request(['read', 0, 32, 32, 1, 1], 20, new Uint8Array(4))).kind;
      } finally {
        await reader.finish();
        await folder.remove();
      }
    }

    it('shows the slide’s own files', async () => {
      expect(await tell((folder) => put(folder))).toBe('pixels');
    });

    it.each([
      ['a path', () => join(outside, 'slide.mrxs')],
      ['a path upward', (folder: string) => `${folder}/${up}${outside}/slide.mrxs`],
      ['/proc', () => `/proc/self/root${outside}/slide.mrxs`],
      ['/proc of the server', () => `/proc/${process.pid}/root${outside}/slide.mrxs`],
    ])('opens no other slide by %s', async (_, pathOf) => {
      expect(await tell((folder) => put(folder), pathOf)).toBe('error');
    });

    it.each([
      ['its path', data],
      ['a path upward', `${up}${data}`],
    ])('reads no other file that its list names by %s', async (_, name) => {
      const edit = (text: string) => text.replace('FILE_0 = Data0001.dat', `FILE_0 = ${name}`);
      expect(await tell((folder) => put(folder, edit))).toBe('error');
    });

    it('follows no link out of its folder', async () => {
      const linked = async (folder: string) => {
        await put(folder);
        await rm(join(folder, 'slide', 'Data0001.dat'));
        symlinkSync(data, join(folder, 'slide', 'Data0001.dat'));
      };
      expect(await tell(linked)).toBe('error');
    });
  });

it.skipIf(!(await has('none')))(
  'a process that has confined itself reads its folder, and does nothing else',
  async () => {
    const folder = await mkdtemp(join(tmpdir(), 'mirax-test-'));
    await writeFile(join(folder, 'own'), 'own');
    const { stdout } = await promisify(execFile)('python3', ['-I', '-S', '-B', '-c', TRIES, folder, outside]);
    expect(stdout).toBe('its own file\n');
    await rm(folder, { recursive: true });
  },
);
