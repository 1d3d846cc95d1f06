import type { PDFFont, PDFPage, RGB } from '@cantoo/pdf-lib';

/** A4 in points (1/72 inch). */
export const PAGE = { width: 595.28, height: 841.89, margin: 48 };

/** One weight of the report's type. */
export type Face = {
  readonly main: PDFFont;
  /** Built into every reader of PDF: for letters that the main font lacks. */
  readonly rest: PDFFont;
};

type Letters = { readonly known: ReadonlySet<number>; readonly widths: Map<string, number> };

const lettersOf = new WeakMap<PDFFont, Letters>();

function letters(font: PDFFont): Letters {
  const had = lettersOf.get(font);
  if (had) return had;
  const read = { known: new Set(font.getCharacterSet()), widths: new Map<string, number>() };
  lettersOf.set(font, read);
  return read;
}

/** Of one letter, in points at a size of 1. Layout takes long, so that each letter is measured once. */
function widthOfLetter(font: PDFFont, letter: string): number {
  const { widths } = letters(font);
  const known = widths.get(letter);
  if (known !== undefined) return known;
  const width = font.widthOfTextAtSize(letter, 1);
  widths.set(letter, width);
  return width;
}

/** Text in the fonts that have its letters; a letter that neither has becomes a question mark. */
function* runsOf({ main, rest }: Face, text: string): Generator<{ font: PDFFont; run: string }> {
  let [font, run] = [main, ''];
  // Text is broken into lines before: a space that keeps a number with its unit is found as any other.
  for (const letter of text.replaceAll('\u00a0', ' ')) {
    const code = letter.codePointAt(0) ?? 0;
    const isMain = letters(main).known.has(code);
    const isRest = !isMain && letters(rest).known.has(code);
    const next = isRest ? rest : main;
    if (next !== font) {
      if (run !== '') yield { font, run };
      [font, run] = [next, ''];
    }
    run += isMain || isRest ? letter : '?';
  }
  if (run !== '') yield { font, run };
}

/** In points. */
export function widthOf(face: Face, text: string, size: number): number {
  let width = 0;
  for (const { font, run } of runsOf(face, text)) for (const letter of run) width += widthOfLetter(font, letter);
  return width * size;
}

/** Writes text; letters that the fonts do not have become question marks. */
export function drawText(
  page: PDFPage,
  face: Face,
  text: string,
  x: number,
  y: number,
  size: number,
  color?: RGB,
): void {
  let at = x;
  for (const { font, run } of runsOf(face, text)) {
    page.drawText(run, { x: at, y, size, font, ...(color && { color }) });
    at += widthOf(face, run, size);
  }
}

/** Cuts text that is wider than `room`, in points, and marks the cut. */
export function shorten(face: Face, text: string, size: number, room: number): string {
  if (widthOf(face, text, size) <= room) return text;
  const shown = [...text];
  while (shown.length > 0 && widthOf(face, `${shown.join('')}...`, size) > room) shown.pop();
  return `${shown.join('')}...`;
}
