import type { Raster } from '@/lib/imaging/raster';
import { decodePng } from './decode-png';

/** Fetches a PNG and unpacks it; the fraction done covers both, fetching the first half. */
export async function fetchPicture(url: string, onProgress?: (fraction: number) => void): Promise<Raster> {
  const response = await fetch(url);
  if (!response.ok || !response.body)
    throw new Error(`A picture of this result could not be loaded (${response.status}).`);
  const total = Number(response.headers.get('Content-Length')) || 0;
  const parts: Uint8Array[] = [];
  let bytes = 0;
  const reader = response.body.getReader();
  for (let read = await reader.read(); !read.done; read = await reader.read()) {
    parts.push(read.value);
    bytes += read.value.length;
    if (total > 0) onProgress?.(bytes / total / 2);
  }
  const whole = new Uint8Array(bytes);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return decodePng(whole, (fraction) => onProgress?.(0.5 + fraction / 2));
}
