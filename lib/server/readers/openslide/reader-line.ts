import 'server-only';
import { processWide } from '@/lib/server/process-wide';
import { ReaderLine } from '@/lib/server/readers/walled/reader-line';
import type { WallKind } from '@/lib/server/readers/walled/wall';
import { openslideProgram } from './program';

const readers = processWide('openslide-readers', () => {
  const holder = { line: new ReaderLine(() => openslideProgram()) };
  process.once('exit', () => holder.line.stop());
  return holder;
});

/** The processes of OpenSlide, and the slides that wait for one. */
export const getOpenslideReaders = (): ReaderLine => readers.line;

/** Puts readers behind another wall, which tests try. */
export function setOpenslideReadersForTests(only?: WallKind): void {
  readers.line.stop();
  readers.line = new ReaderLine(() => openslideProgram(), only);
}
