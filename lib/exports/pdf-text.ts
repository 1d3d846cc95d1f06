import type { PDFFont, PDFPage } from '@cantoo/pdf-lib';

/** A4 in points (1/72 inch). */
export const PAGE = { width: 595.28, height: 841.89, margin: 48 };

/** Writes text; letters that the font does not have become question marks. */
export function drawText(page: PDFPage, font: PDFFont, text: string, x: number, y: number, size: number): void {
  page.drawText(writable(font, text), { x, y, size, font });
}

/** Cuts text that is wider than `room`, in points, and marks the cut. */
export function shorten(font: PDFFont, text: string, size: number, room: number): string {
  let shown = writable(font, text);
  if (font.widthOfTextAtSize(shown, size) <= room) return shown;
  while (shown.length > 0 && font.widthOfTextAtSize(`${shown}...`, size) > room) shown = shown.slice(0, -1);
  return `${shown}...`;
}

/** The built-in fonts have Latin letters only, but names can be in any script. */
function writable(font: PDFFont, text: string): string {
  const known = new Set(font.getCharacterSet());
  return [...text].map((letter) => (known.has(letter.codePointAt(0) ?? 0) ? letter : '?')).join('');
}
