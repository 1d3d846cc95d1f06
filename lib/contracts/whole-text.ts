/** A number to the nearest whole one, with commas between thousands: `12,942`. All pages and reports write counts so. */
export const wholeText = (value: number): string => Math.round(value).toLocaleString('en-GB');

/** A percentage to a tenth, `36.9 %`, between whose number and sign no line breaks. */
export const percentText = (percent: number): string => `${percent.toFixed(1)}\u00a0%`;
