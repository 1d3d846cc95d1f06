import type { PDFDocument, PDFFont, PDFPage } from '@cantoo/pdf-lib';
import { drawText, PAGE, shorten } from './pdf-text';

export type Fonts = { readonly plain: PDFFont; readonly bold: PDFFont };

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
  readonly #fonts: Fonts;

  constructor(document: PDFDocument, fonts: Fonts) {
    this.#document = document;
    this.#fonts = fonts;
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
    drawText(this.page, this.#fonts.bold, text, PAGE.margin, this.take(26) + 4, 12);
  }

  line(text: string, { size = SIZE, isBold = false } = {}): void {
    const font = isBold ? this.#fonts.bold : this.#fonts.plain;
    drawText(this.page, font, shorten(font, text, size, this.width), PAGE.margin, this.take(size * 1.45), size);
  }

  /** Text over as many lines as it takes. */
  paragraph(text: string): void {
    for (const line of this.#linesOf(text, this.width)) this.line(line);
  }

  /** Breaks text between words; a word that is wider than a line is cut when it is drawn. */
  #linesOf(text: string, width: number): string[] {
    const { plain } = this.#fonts;
    const lines: string[] = [];
    let line = '';
    for (const word of text.split(' ')) {
      const longer = line === '' ? word : `${line} ${word}`;
      if (line !== '' && plain.widthOfTextAtSize(shorten(plain, longer, SIZE, Infinity), SIZE) > width) {
        lines.push(line);
        line = word;
      } else line = longer;
    }
    return line === '' ? lines : [...lines, line];
  }

  table<Row>(columns: readonly PdfColumn<Row>[], rows: readonly Row[]): void {
    const { plain, bold } = this.#fonts;
    const write = (font: PDFFont, text: (column: PdfColumn<Row>) => string) => {
      const y = this.take(ROW_HEIGHT);
      for (const column of columns)
        drawText(this.page, font, shorten(font, text(column), SIZE, column.width), PAGE.margin + column.x, y, SIZE);
    };
    const head = () => write(bold, ({ title }) => title);
    this.reserve(3 * ROW_HEIGHT);
    head();
    for (const row of rows) {
      if (this.y - ROW_HEIGHT < PAGE.margin) {
        this.nextPage();
        head();
      }
      write(plain, ({ value }) => value(row));
    }
  }

  /** Names in bold, and what they are. */
  facts(rows: readonly (readonly [name: string, value: string])[], nameWidth = 150): void {
    const { plain, bold } = this.#fonts;
    const width = this.width - nameWidth;
    for (const [name, value] of rows)
      for (const [n, line] of this.#linesOf(value, width).entries()) {
        const y = this.take(ROW_HEIGHT);
        if (n === 0) drawText(this.page, bold, name, PAGE.margin, y, SIZE);
        drawText(this.page, plain, shorten(plain, line, SIZE, width), PAGE.margin + nameWidth, y, SIZE);
      }
  }
}
