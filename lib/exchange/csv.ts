export const CSV_FORMS = ['comma', 'semicolon'] as const;

/**
 * `comma`: RFC 4180, decimal points. `semicolon`: semicolons, decimal commas and a byte order mark, which Excel expects
 * where the comma is the decimal mark (most of Europe and South America).
 */
export type CsvForm = (typeof CSV_FORMS)[number];

const FORMS: Record<CsvForm, { separator: string; decimal: string; mark: string }> = {
  comma: { separator: ',', decimal: '.', mark: '' },
  semicolon: { separator: ';', decimal: ',', mark: '\uFEFF' },
};

/** Text, a number as it is, a number with a fixed number of decimals, or nothing. */
export type CsvCell = string | number | [value: number, digits: number] | null;

/**
 * Columns and rows as CSV. Lines end with CR LF.
 *
 * @param isContinued - more rows of a file that has been begun: no header.
 */
export function writeCsv<Row>(
  columns: readonly (readonly [name: string, value: (row: Row) => CsvCell])[],
  rows: readonly Row[],
  form: CsvForm,
  isContinued = false,
): string {
  const { separator, decimal, mark } = FORMS[form];
  const write = (cell: CsvCell) => {
    if (cell === null) return '';
    if (typeof cell === 'string') return quote(cell, separator);
    const text = typeof cell === 'number' ? String(cell) : cell[0].toFixed(cell[1]);
    return text.replace('.', decimal);
  };
  const lines = rows.map((row) => columns.map(([, value]) => write(value(row))).join(separator));
  const head = isContinued ? [] : [columns.map(([name]) => name).join(separator)];
  return (isContinued ? '' : mark) + [...head, ...lines, ''].join('\r\n');
}

/** Text in quotes where it needs them. Text that a spreadsheet would take for a formula gets an apostrophe. */
function quote(text: string, separator: string): string {
  const safe = /^[=+@\t\r-]/.test(text) ? `'${text}` : text;
  return safe.includes(separator) || /["\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
