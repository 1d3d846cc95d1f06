import type { PDFDocument, PDFPage, RGB } from '@cantoo/pdf-lib';
import { lettersIn } from './letter-pictures';
import type { PdfLook } from './pdf-document';
import { drawText, type Face, PAGE, shorten, widthOf } from './pdf-text';

/** A column of a table: where it begins and how wide it is, in points from the margin. */
export type PdfColumn<Row> = {
  readonly title: string;
  readonly x: number;
  readonly width: number;
  readonly value: (row: Row) => string;
};

const ROW_HEIGHT = 13;
const SIZE = 9;

/** Writes from top to bottom over as many pages as it takes. */
export class PdfFlow {
  page: PDFPage;
  /** The lower edge of what is written, in points from below. */
  y: number;
  readonly width = PAGE.width - 2 * PAGE.margin;
  readonly #document: PDFDocument;
  readonly #look: PdfLook;

  constructor(document: PDFDocument, look: PdfLook) {
    this.#document = document;
    this.#look = look;
    this.page = document.addPage([PAGE.width, PAGE.height]);
    this.y = PAGE.height - PAGE.margin;
  }

  /** Takes so much height, on the next page if there is too little on this one. @returns the lower edge */
  take(height: number): number {
    this.reserve(height);
    this.y -= height;
    return this.y;
  }

  /** Goes on to the next page if there is less height than this. */
  reserve(height: number): void {
    if (this.y - height < PAGE.margin) this.nextPage();
  }

  nextPage(): void {
    this.page = this.#document.addPage([PAGE.width, PAGE.height]);
    this.y = PAGE.height - PAGE.margin;
  }

  heading(text: string): void {
    // A heading is not left alone at the end of a page.
    this.reserve(60);
    const { bold, colours } = this.#look;
    drawText(this.page, bold, text, PAGE.margin, this.take(26) + 4, 12, colours.hematoxylin);
  }

  line(
    text: string,
    { size = SIZE, isBold = false, color }: { size?: number; isBold?: boolean; color?: RGB } = {},
  ): void {
    const { plain, bold, colours } = this.#look;
    const font = isBold ? bold : plain;
    const y = this.take(size * 1.45);
    drawText(this.page, font, shorten(font, text, size, this.width), PAGE.margin, y, size, color ?? colours.ink);
  }

  /** Text over as many lines as it takes. */
  paragraph(text: string, { size = SIZE }: { size?: number } = {}): void {
    for (const line of this.#linesOf(text, this.width, size)) this.line(line, { size });
  }

  /** Breaks text between words; a word that is wider than a line, between its letters: some scripts have no spaces. */
  #linesOf(text: string, width: number, size = SIZE): string[] {
    const { plain } = this.#look;
    const lines: string[] = [];
    let line = '';
    const words = text.split(' ').flatMap((word) => this.#partsOf(word, width, size));
    for (const word of words) {
      const longer = line === '' ? word : `${line} ${word}`;
      if (line !== '' && widthOf(plain, longer, size) > width) {
        lines.push(line);
        line = word;
      } else line = longer;
    }
    return line === '' ? lines : [...lines, line];
  }

  #partsOf(word: string, width: number, size: number): string[] {
    const { plain } = this.#look;
    if (widthOf(plain, word, size) <= width) return [word];
    const parts = [''];
    for (const letter of lettersIn(word)) {
      const longer = `${parts.at(-1)}${letter}`;
      if (widthOf(plain, longer, size) <= width) parts[parts.length - 1] = longer;
      else parts.push(letter);
    }
    return parts;
  }

  table<Row>(columns: readonly PdfColumn<Row>[], rows: readonly Row[]): void {
    const { plain, bold, colours } = this.#look;
    const write = (font: Face, color: RGB, text: (column: PdfColumn<Row>) => string) => {
      const y = this.take(ROW_HEIGHT);
      for (const column of columns)
        drawText(
          this.page,
          font,
          shorten(font, text(column), SIZE, column.width),
          PAGE.margin + column.x,
          y,
          SIZE,
          color,
        );
      this.page.drawLine({
        start: { x: PAGE.margin, y: y - 3.5 },
        end: { x: PAGE.margin + this.width, y: y - 3.5 },
        thickness: 0.5,
        color: colours.line,
      });
    };
    const head = () => write(bold, colours.muted, ({ title }) => title);
    this.reserve(3 * ROW_HEIGHT);
    head();
    for (const row of rows) {
      if (this.y - ROW_HEIGHT < PAGE.margin) {
        this.nextPage();
        head();
      }
      write(plain, colours.ink, ({ value }) => value(row));
    }
  }

  /** Names in bold, and what they are. */
  facts(rows: readonly (readonly [name: string, value: string])[], nameWidth = 150): void {
    const { plain, bold, colours } = this.#look;
    const width = this.width - nameWidth;
    for (const [name, value] of rows)
      for (const [n, line] of this.#linesOf(value, width).entries()) {
        const y = this.take(ROW_HEIGHT);
        if (n === 0) drawText(this.page, bold, name, PAGE.margin, y, SIZE, colours.muted);
        const text = shorten(plain, line, SIZE, width);
        drawText(this.page, plain, text, PAGE.margin + nameWidth, y, SIZE, colours.ink);
      }
  }
}
