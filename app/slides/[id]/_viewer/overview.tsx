import type { Slide } from '@/lib/contracts/slide';

/** All of a slide, small, where the viewer will show it. Nothing where the slide has no such picture. */
export function Overview({ slide: { thumbnail } }: { slide: Slide }) {
  if (!thumbnail) return null;
  return (
    // biome-ignore lint/performance/noImgElement: the address is signed, for one object of the storage.
    <img
      src={thumbnail.url}
      alt=""
      width={thumbnail.width}
      height={thumbnail.height}
      decoding="sync"
      data-testid="overview"
      className="absolute inset-0 size-full object-contain"
    />
  );
}
