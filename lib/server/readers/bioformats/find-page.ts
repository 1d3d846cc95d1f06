import 'server-only';
import type { RandomAccess } from '@/lib/server/readers/random-access';
import { describeTiles, type PageTiles, rectangleOf, tileAt, tileOf } from '@/lib/server/readers/tiff/page-tiles';
import type { TiffPicture } from '@/lib/server/readers/tiff/pictures';
import type { BioformatsSession } from './slide-session';

type Size = { width: number; height: number };

/** A level of an image at a focal plane, by the numbers of Bio-Formats. */
export type LevelOfPlane = Size & { series: number; plane: number; level: number; full: Size };

type Candidate = { picture: TiffPicture; tiles: PageTiles };

/** Bio-Formats may read one or two bytes behind a tile. */
const BEHIND_BYTES = 2;

/**
 * Finds the page of a TIFF that Bio-Formats reads for a level. It does not name the page, and several may have the same
 * size, so it is asked where in the file a tile ends.
 */
export class PageFinder {
  private readonly session: BioformatsSession;
  private readonly file: RandomAccess;
  private readonly pictures: readonly TiffPicture[];
  private readonly pages = new Map<string, Promise<Candidate | null>>();
  private readonly tiles = new Map<TiffPicture, Promise<PageTiles | null>>();

  constructor(session: BioformatsSession, file: RandomAccess, pictures: readonly TiffPicture[]) {
    this.session = session;
    this.file = file;
    this.pictures = pictures;
  }

  /** @returns null where no page that it may be needs any treatment */
  async tilesOf(wanted: LevelOfPlane): Promise<PageTiles | null> {
    const candidates = await this.candidatesFor(wanted);
    if (!candidates.some(({ tiles }) => tiles.hasMissing || tiles.jpeg)) return null;
    return (await this.find(wanted))?.tiles ?? null;
  }

  private find(wanted: LevelOfPlane): Promise<Candidate | null> {
    const key = `${wanted.series} ${wanted.plane} ${wanted.level}`;
    const known = this.pages.get(key);
    if (known) return known;
    const finding = this.search(wanted);
    this.pages.set(key, finding);
    // The reading process may have been away for a moment: the next call tries again.
    finding.catch(() => this.pages.delete(key));
    return finding;
  }

  private async search(wanted: LevelOfPlane): Promise<Candidate | null> {
    const candidates = await this.candidatesFor(wanted);
    const asked = new Set<number>();
    for (const { tiles } of candidates) {
      const index = tiles.offsets.findIndex((_, i) => tileAt(tiles, i) !== null);
      if (index < 0 || asked.has(index)) continue;
      asked.add(index);
      const { x, y } = rectangleOf(tiles, index);
      const end = await this.session.locate(wanted, x, y);
      if (end === null) return this.guess(candidates, wanted);
      const match = nearest(candidates, (one) => distanceTo(end, one.tiles, tileOf(one.tiles, x, y)));
      if (match) return match;
    }
    return asked.size === 0 ? this.guess(candidates, wanted) : null;
  }
  /** Where Bio-Formats gives no place: the only page, a page below that of the full resolution, or pages in the order of planes. */
  private async guess(candidates: readonly Candidate[], wanted: LevelOfPlane): Promise<Candidate | null> {
    const only = candidates.length === 1 ? (candidates[0] ?? null) : null;
    if (wanted.level === 0) return only ?? candidates[wanted.plane] ?? null;
    const full = await this.find({ ...wanted, ...wanted.full, level: 0 });
    const below = candidates.find(({ picture }) => picture.place.page === full?.picture.place.page);
    return full && (below ?? only);
  }

  private async candidatesFor({ width, height }: Size): Promise<Candidate[]> {
    const candidates: Candidate[] = [];
    for (const picture of this.pictures) {
      if (picture.width !== width || picture.height !== height) continue;
      const tiles = await this.describe(picture);
      if (tiles) candidates.push({ picture, tiles });
    }
    return candidates;
  }

  private describe(picture: TiffPicture): Promise<PageTiles | null> {
    const described = this.tiles.get(picture) ?? describeTiles(this.file, picture.tiff, true);
    this.tiles.set(picture, described);
    return described;
  }
}

/** Bytes between the place where reading ended and the end of a tile; null where another tile was read. */
function distanceTo(end: number, tiles: PageTiles, index: number): number | null {
  const place = tileAt(tiles, index);
  if (place === null) return null;
  // Of a tile without compression only some rows are read.
  const behind = end - place.offset - place.bytes;
  return behind > -place.bytes && behind <= BEHIND_BYTES ? Math.abs(behind) : null;
}

function nearest(candidates: readonly Candidate[], distanceOf: (one: Candidate) => number | null): Candidate | null {
  const distances = candidates.map((one) => distanceOf(one) ?? Number.POSITIVE_INFINITY);
  const least = Math.min(...distances);
  return Number.isFinite(least) ? (candidates[distances.indexOf(least)] ?? null) : null;
}
