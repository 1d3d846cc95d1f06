import { readdirSync } from 'node:fs';
import { availableParallelism, loadavg, tmpdir } from 'node:os';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { findBioformats } from '@/lib/server/readers/bioformats/installation';
import { readImage } from './read-file';
import { type DrawnPage, drawRgb, drawTiff, omeXml } from './draw-tiff';

export const WIDTH = 96;
export const HEIGHT = 64;
export const rgb = drawRgb(WIDTH, HEIGHT);

export const page = (extra: Partial<DrawnPage> = {}): DrawnPage => ({
  width: WIDTH,
  height: HEIGHT,
  samples: 3,
  pixels: rgb,
  ...extra,
});

/** An RGB slide that Bio-Formats reads. */
export const ome = drawTiff([page({ tags: { 270: omeXml({ width: WIDTH, height: HEIGHT }, ['RGB'], { samples: 3 }) } })]);

/** One channel of the picture. */
export const plane = (channel: number) => Buffer.from(rgb.filter((_, i) => i % 3 === channel));

/** The reason why an image is refused; `opened` when it is not. */
export async function refusalOf(bytes: Uint8Array, options = {}): Promise<unknown> {
  return readImage(bytes, options).then(
    () => 'opened',
    (error: { code?: string; message: string }) => (error.code === 'unreadable_image' ? error.message : error),
  );
}

/** Temporary folders of this process, of slides and of the reading process. */
export const ourFolders = () => readdirSync(tmpdir()).filter((name) => name.startsWith(`restain-${process.pid}-`));

/** Resident memory of this process after garbage collection. */
export function residentBytes(): number {
  setFlagsFromString('--expose-gc');
  runInNewContext('gc')();
  return process.memoryUsage().rss;
}

/** A file may take 10 s. On a busy machine the reader's limit counts processor time, so it takes longer. */
const [load = 0] = loadavg();
export const MAX_MS = load > 2 * availableParallelism() ? 60_000 : 10_000;
if (MAX_MS > 10_000) console.log(`The machine is busy: a file may take ${MAX_MS / 1000} s.`);

export const isInstalled = findBioformats() !== null;
if (!isInstalled) console.log('Skipped in part: Bio-Formats is not installed (npm run formats:install).');
