/** A number to the nearest whole one, with commas between thousands: `12,942`. All pages and reports write counts so. */
export const wholeText = (value: number): string => Math.round(value).toLocaleString('en-GB');
