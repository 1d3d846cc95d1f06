/** A date with the time of day, in this browser's zone: `2 Dec 2026, 08:50`. All pages write moments so. @param iso - ISO 8601 */
export const dateText = (iso: string): string =>
  new Date(iso).toLocaleString('en-GB', { dateStyle: 'medium', timeStyle: 'short' });
