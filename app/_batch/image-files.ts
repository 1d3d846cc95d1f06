/** Files that systems leave in folders. */
export const LITTER = /^(\.|~\$|thumbs\.db$|desktop\.ini$|ehthumbs\.db$)/i;

/** The files that somebody chose, without those that systems leave in folders, in the order of their names. One file alone stays. */
export function imageFiles(files: readonly File[]): File[] {
  if (files.length === 1) return [...files];
  const order = new Intl.Collator(undefined, { numeric: true });
  const path = (file: File) => file.webkitRelativePath || file.name;
  return files.filter(({ name }) => !LITTER.test(name)).sort((a, b) => order.compare(path(a), path(b)));
}
