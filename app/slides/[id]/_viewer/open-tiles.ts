import { rangeReader } from '@/lib/client/slides';
import type { Slide } from '@/lib/contracts/slide';
import { TileSource } from '@/lib/pyramid/tile-source';

let begun: { id: string; tiles: Promise<TileSource> } | null = null;

/** Begins to read the pyramid of a slide in the browser, for who opens it next. */
export function beginTiles(slide: Slide): void {
  if (typeof window === 'undefined' || !slide.slide) return;
  begun = { id: slide.id, tiles: open(slide, slide.slide.bytes) };
  // Told to who opens it.
  begun.tiles.catch(() => undefined);
}

/** Opens the pyramid of a slide. @param bytes - of it */
export function openTiles(slide: Slide, bytes: number): Promise<TileSource> {
  const known = begun?.id === slide.id ? begun.tiles : null;
  // A failed one is tried anew.
  begun = null;
  return known ?? open(slide, bytes);
}

const open = (slide: Slide, bytes: number) => TileSource.open(rangeReader(slide), bytes);
