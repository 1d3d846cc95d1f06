import type { ReactNode } from 'react';
import { ScaleBar } from './scale-bar';

type StagePictureProps = {
  url: string;
  alt: string;
  width: number;
  height: number;
  /** Without it there is no scale bar. */
  micronsPerPixel?: number;
  isDimmed?: boolean;
  /** Over the picture, and of its size. */
  children?: ReactNode;
};

/** One picture, as large as the stage allows, with its scale bar. */
export function StagePicture(props: StagePictureProps) {
  const { url, alt, width, height, micronsPerPixel, isDimmed = false, children } = props;
  return (
    <div className="@container-size relative m-3 grid min-h-0 flex-1 place-items-center">
      <div
        className="relative"
        style={{ aspectRatio: `${width} / ${height}`, width: `min(100cqw, ${(100 * width) / height}cqh)` }}
      >
        {/* biome-ignore lint/performance/noImgElement: a picture made in this page has no address that an optimiser could fetch. */}
        <img
          src={url}
          alt={alt}
          width={width}
          height={height}
          className={`size-full motion-safe:transition-opacity motion-safe:duration-150 ${isDimmed ? 'opacity-50' : ''}`}
        />
        {children}
        {micronsPerPixel !== undefined && <ScaleBar imageMicrons={width * micronsPerPixel} />}
      </div>
    </div>
  );
}
