/** What some file system does not take in a name, and control characters. */
const NOT_IN_NAMES = /[\\/:*?"<>|\p{Cc}\p{Cf}]+/gu;
const MAX_LENGTH = 80;

/** The name of a file that is saved, with what the user calls the image before it: `CASE-12-report.pdf`. */
export function labelledName(label: string | null, name: string): string {
  const clean = (label ?? '')
    .replace(NOT_IN_NAMES, ' ')
    .replace(/\s+/g, ' ')
    .replace(/^[. ]+/, '');
  const short = Array.from(clean)
    .slice(0, MAX_LENGTH)
    .join('')
    .replace(/[. ]+$/, '');
  return short === '' ? name : `${short}-${name}`;
}
