import { useLayoutEffect, useMemo, useRef } from 'react';
import { roundLength } from '@/app/_components/scale-bar';
import type { Sight, ViewerStage } from './stage';

/** The height of the picture on paper, which leaves room for the numbers on an A4 sheet. */
const MOST_CM = 8;

/**
 * What the stage shows, as it was on the screen, with its outlines: a copy, since the canvas of the viewer is as large as the
 * window, and on paper it would be distorted and its scale bar wrong.
 */
export function PrintedPicture({ stage, micronsPerPixel }: { stage: ViewerStage; micronsPerPixel: number }) {
  // Once for each print: the viewer fits itself to the paper meanwhile.
  const sights = useMemo(() => stage.sights(), [stage]);
  return (
    <div className="flex flex-wrap gap-4 text-ink text-xs">
      {sights.map((sight) => (
        <Copy key={sight.name} sight={sight} micronsPerPixel={micronsPerPixel} />
      ))}
    </div>
  );
}

function Copy({ sight, micronsPerPixel }: { sight: Sight; micronsPerPixel: number }) {
  const target = useRef<HTMLCanvasElement>(null);
  const { name, width, height, pixels } = sight;
  const imageMicrons = pixels * micronsPerPixel;
  const microns = roundLength(imageMicrons / 4);
  useLayoutEffect(() => {
    const { canvas, x, y, width, height } = sight;
    target.current?.getContext('2d')?.drawImage(canvas, x, y, width, height, 0, 0, width, height);
  }, [sight]);
  return (
    <figure className="min-w-0" style={{ width: `${(MOST_CM * width) / height}cm` }}>
      <canvas ref={target} width={width} height={height} role="img" aria-label={name} className="block w-full" />
      <figcaption className="mt-1.5">
        <div style={{ width: `${(100 * microns) / imageMicrons}%` }} className="h-1 bg-ink" />
        {microns >= 1000 ? `${microns / 1000} mm` : `${microns} µm`}
      </figcaption>
    </figure>
  );
}
