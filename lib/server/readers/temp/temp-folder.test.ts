import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { forgetProcessWide } from '@/lib/server/process-wide';
import { makeTempFolder, sweepTempFolders } from './temp-folder';

/** A temporary folder of the test, in place of the machine's. */
const temporary = mkdtempSync(join(tmpdir(), 'sweep-test-'));
beforeAll(() => vi.stubEnv('TMPDIR', temporary));
afterAll(() => {
  vi.unstubAllEnvs();
  rmSync(temporary, { recursive: true });
});

const sweepAtStart = () => {
  forgetProcessWide('temp-sweep');
  sweepTempFolders();
};

function leave(name: string): string {
  const folder = join(temporary, name);
  mkdirSync(join(folder, 'slide', 'files'), { recursive: true });
  writeFileSync(join(folder, 'slide', 'files', 'slide.svs'), 'pixels of a patient');
  return folder;
}

const startOf = (pid: number) => readFileSync(`/proc/${pid}/stat`, 'latin1').split(') ')[1]?.split(' ')[19];

describe.skipIf(process.platform !== 'linux')('at its start a server', () => {
  it('removes what one that was killed has left, and keeps what a live one or it itself has', async () => {
    const own = await makeTempFolder();
    const [, pid, started, space] = /^restain-(\d+)-(\d+)-(\d+)-/.exec(basename(own.root)) as RegExpExecArray;
    const dead = Number(execFileSync(process.execPath, ['-e', 'console.log(process.pid)'], { encoding: 'utf8' }));
    const live = spawn('sleep', ['60']);
    const livePid = live.pid as number;

    const old = leave(`restain-${dead}-1234-1-eeeeee`);
    const gone = [
      leave(`restain-${dead}-1234-${space}-aaaaaa`),
      leave(`restain-${dead}-bbbbbb`),
      // Another program has the number by now. It started at another time.
      leave(`restain-${livePid}-1-${space}-cccccc`),
      leave(`restain-${pid}-1-${space}-dddddd`),
      old,
    ];
    const hoursAgo = new Date(Date.now() - 7 * 3_600_000);
    utimesSync(old, hoursAgo, hoursAgo);
    const kept = [
      own.root,
      leave(`restain-${livePid}-${startOf(livePid)}-${space}-ffffff`),
      leave(`restain-${pid}-${started}-${space}-gggggg`),
      // From another container, whose processes are not visible.
      leave(`restain-${dead}-1234-1-hhhhhh`),
      leave('restain-local-iiiiii'),
      leave('another-program'),
    ];
    sweepAtStart();
    expect(gone.filter((folder) => existsSync(folder))).toEqual([]);
    expect(kept.filter((folder) => !existsSync(folder))).toEqual([]);
    live.kill();
    await own.remove();
  });
});
