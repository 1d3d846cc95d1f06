import type { PDFFont, PDFImage, PDFPage, RGB } from '@cantoo/pdf-lib';
import { LETTER_BOX, lettersIn } from './letter-pictures';

/** A4 in points (1/72 inch). */
export const PAGE = { width: 595.28, height: 841.89, margin: 48 };

/** One weight of the report's type. */
export type Face = {
  readonly main: PDFFont;
  /** Built into every reader of PDF: for letters that the main font lacks. */
  readonly rest: PDFFont;
  /** Letters that both lack. */
  readonly drawn: ReadonlyMap<string, DrawnLetter>;
};

/** A letter as a picture; its advance in ems. */
export type DrawnLetter = { readonly image: PDFImage; readonly advance: number };

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

/** Text in the fonts that have its letters, or as pictures; a letter that nothing has becomes a question mark. */
function* runsOf({ main, rest, drawn }: Face, text: string): Generator<{ font: PDFFont; run: string } | DrawnLetter> {
  let [font, run] = [main, ''];
  const has = (one: PDFFont, letter: string) => letters(one).known.has(letter.codePointAt(0) ?? 0);
  // Text is broken into lines before: a space that keeps a number with its unit is found as any other.
  for (const whole of lettersIn(text.replaceAll('\u00a0', ' '))) {
    const parts = [...whole];
    const picture = parts.every((part) => has(main, part) || has(rest, part)) ? undefined : drawn.get(whole);
    if (picture) {
      if (run !== '') yield { font, run };
      run = '';
      yield picture;
      continue;
    }
    for (const part of parts) {
      const isMain = has(main, part);
      const isRest = !isMain && has(rest, part);
      const next = isRest ? rest : main;
      if (next !== font) {
        if (run !== '') yield { font, run };
        [font, run] = [next, ''];
      }
      run += isMain || isRest ? part : '?';
    }
  }
  if (run !== '') yield { font, run };
}

const widthOfRun = (font: PDFFont, run: string): number => {
  let width = 0;
  for (const letter of run) width += widthOfLetter(font, letter);
  return width;
};

/** In points. */
export function widthOf(face: Face, text: string, size: number): number {
  let width = 0;
  for (const part of runsOf(face, text)) width += 'image' in part ? part.advance : widthOfRun(part.font, part.run);
  return width * size;
}

/** Writes text; letters that there are neither in the fonts nor as pictures become question marks. */
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
  for (const part of runsOf(face, text)) {
    if ('image' in part) {
      const { side, above, below } = LETTER_BOX;
      page.drawImage(part.image, {
        x: at - side * size,
        y: y - below * size,
        width: (part.advance + 2 * side) * size,
        height: (above + below) * size,
      });
      at += part.advance * size;
      continue;
    }
    page.drawText(part.run, { x: at, y, size, font: part.font, ...(color && { color }) });
    at += widthOfRun(part.font, part.run) * size;
  }
}

/** Cuts text that is wider than `room`, in points, and marks the cut. */
export function shorten(face: Face, text: string, size: number, room: number): string {
  if (widthOf(face, text, size) <= room) return text;
  const shown = lettersIn(text);
  while (shown.length > 0 && widthOf(face, `${shown.join('')}...`, size) > room) shown.pop();
  return `${shown.join('')}...`;
}
