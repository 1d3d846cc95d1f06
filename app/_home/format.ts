import { t } from '@/app/_text/t';

/** `12.4 MB`, in decimal units. Rounded up, so that a size above a limit never looks equal to it. */
export function formatBytes(bytes: number): string {
  if (bytes < 1e3) return t('{bytes} bytes', { bytes });
  if (bytes < 1e6) return `${Math.ceil(bytes / 1e3)} kB`;
  if (bytes < 1e9) return `${Math.ceil(bytes / 1e5) / 10} MB`;
  return `${Math.ceil(bytes / 1e8) / 10} GB`;
}

/** A sentence that says why files cannot be sent; null if they can. Of several, each is looked at later. */
export function whyNot(files: readonly { name: string; size: number }[], maxBytes: number): string | null {
  const mirax = files.find(({ name }) => /\.mrxs$/i.test(name));
  if (mirax)
    return t('{file} only shows the glass: the slide lies in the folder of the same name. Send both in one ZIP.', {
      file: mirax.name,
    });
  const [file, ...others] = files;
  if (!file || others.length > 0) return null;
  if (file.size === 0) return t('{file} is empty: it holds 0 bytes.', { file: file.name });
  if (file.size <= maxBytes) return null;
  return t('{file} is {size}; this server takes images of up to {limit}.', {
    file: file.name,
    size: formatBytes(file.size),
    limit: formatBytes(maxBytes),
  });
}
