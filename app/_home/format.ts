/** `12.4 MB`: decimal units, as limits are stated, rounded up so that what exceeds a limit never reads as equal to it. */
export function formatBytes(bytes: number): string {
  if (bytes < 1e3) return `${bytes} bytes`;
  if (bytes < 1e6) return `${Math.ceil(bytes / 1e3)} kB`;
  return `${Math.ceil(bytes / 1e5) / 10} MB`;
}
