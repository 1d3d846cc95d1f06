import 'server-only';
import { processWide } from '@/lib/server/process-wide';
import { ReaderLine } from '@/lib/server/readers/walled/reader-line';
import type { WallKind } from '@/lib/server/readers/walled/wall';
import { bioformatsProgram } from './program';

/** Tests try each of the two walls without the other. */
export type WallOptions = { wall?: WallKind; isUnconfined?: boolean };

const lineOf = ({ wall, isUnconfined = false }: WallOptions) =>
  new ReaderLine(() => bioformatsProgram({ isUnconfined }), wall);

const readers = processWide('readers', () => {
  const holder = { line: lineOf({}) };
  process.once('exit', () => holder.line.stop());
  return holder;
});

export const getReaders = (): ReaderLine => readers.line;

/** Puts readers behind other walls, which tests try. */
export function setReadersForTests(options: WallOptions): void {
  readers.line.stop();
  readers.line = lineOf(options);
}
