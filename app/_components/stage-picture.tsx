import type { ReactNode } from 'react';
import { t } from '@/app/_text/t';
import { ScaleBar } from './scale-bar';
import { Button } from './ui/button';
import { usePicture } from './use-picture';

type StagePictureProps = {
  url: string;
  alt: string;
  width: number;
  height: number;
  /** Asks for a new address of the picture after this one has failed. */
  renew?: () => Promise<void>;
  /** For the scale bar. Without it there is none. */
  micronsPerPixel?: number;
  isDimmed?: boolean;
  /** Drawn over the picture, at its size. */
  children?: ReactNode;
};

/** A picture with its scale bar, as large as the stage allows. */
export function StagePicture(props: StagePictureProps) {
  const { url, alt, width, height, renew, micronsPerPixel, isDimmed = false, children } = props;
  const { attempt, isBroken, onLoad, onError, retry } = usePicture(url, renew);
  return (
    <div className="@container-size relative m-3 grid min-h-0 flex-1 place-items-center">
      <div
        className="relative"
        style={{ aspectRatio: `${width} / ${height}`, width: `min(100cqw, ${(100 * width) / height}cqh)` }}
      >
        {/* biome-ignore lint/performance/noImgElement: a picture made in this page has no address that an optimiser could fetch. */}
        <img
          key={attempt}
          src={url}
          alt={alt}
          width={width}
          height={height}
          onLoad={onLoad}
          onError={onError}
          className={`size-full motion-safe:transition-opacity motion-safe:duration-150 ${isBroken ? 'opacity-0' : isDimmed ? 'opacity-50' : ''}`}
        />
        {children}
        {micronsPerPixel !== undefined && <ScaleBar imageMicrons={width * micronsPerPixel} />}
      </div>
      {isBroken && (
        <div className="absolute inset-x-4 top-1/2 -translate-y-1/2 space-y-3 text-center text-sm">
          <p role="status" className="text-pretty">
            {t('The picture could not be fetched. The page tries again.')}
          </p>
          <Button look="stage" onClick={retry}>
            {t('Try again')}
          </Button>
        </div>
      )}
    </div>
  );
}
