import { Slider } from '@base-ui/react/slider';
import { useEffect, useState } from 'react';
import { t } from '@/app/_text/t';
import { type LayerName, titleOf } from '../_pictures/layers';
import type { PictureClient } from '../_pictures/picture-client';
import { useResult, useResultActions } from '../_result/result-context';
import { histogramPath } from './histogram-path';

type LayerControlProps = { name: LayerName; pictures: PictureClient };

/** The settings of one channel: shown or not, its colour, and its window over its histogram. */
export function LayerControl({ name, pictures }: LayerControlProps) {
  const layer = useResult((state) => state.view.layers[name]);
  const { changeLayer } = useResultActions();
  const histogram = useHistogram(name, pictures);
  const label = titleOf(name);
  if (histogram === 'none') return null;
  return (
    <section aria-label={label}>
      <div className="flex items-center gap-3">
        <label className="flex min-h-9 flex-1 cursor-pointer items-center gap-2.5">
          <input
            type="checkbox"
            checked={layer.isShown}
            onChange={(event) => changeLayer(name, { isShown: event.target.checked })}
            className="size-4.5"
          />
          {label}
        </label>
        <input
          type="color"
          aria-label={t('Colour of {layer}', { layer: label })}
          value={layer.colour}
          onChange={(event) => changeLayer(name, { colour: event.target.value })}
          className="h-7 w-10 cursor-pointer rounded border border-stage-edge bg-transparent"
        />
      </div>
      <Slider.Root
        value={[layer.low, layer.high]}
        onValueChange={([low = layer.low, high = layer.high]) => changeLayer(name, { low, high })}
        min={0}
        max={255}
        minStepsBetweenValues={1}
        disabled={!layer.isShown}
        className="px-2"
      >
        <svg viewBox="0 0 255 40" preserveAspectRatio="none" className="block h-8 w-full" aria-hidden="true">
          {histogram && (
            <path d={histogramPath(histogram, 40)} fill={layer.colour} opacity={layer.isShown ? 0.85 : 0.3} />
          )}
        </svg>
        <Slider.Control className="flex h-7 touch-none items-center">
          <Slider.Track className="h-1 w-full rounded-full bg-stage-line">
            <Slider.Indicator className="h-1 rounded-full bg-stage-edge" />
            {[t('Darkest {layer}', { layer: label }), t('Brightest {layer}', { layer: label })].map((end, index) => (
              <Slider.Thumb
                key={end}
                index={index}
                aria-label={end}
                className="size-5 rounded-full border-2 border-stage bg-stage-ink has-focus-visible:outline-2 has-focus-visible:outline-stage-accent"
              />
            ))}
          </Slider.Track>
        </Slider.Control>
      </Slider.Root>
    </section>
  );
}

/** null while the picture loads, 'none' when the model infers no such picture. */
function useHistogram(name: LayerName, pictures: PictureClient): Uint32Array | 'none' | null {
  const [histogram, setHistogram] = useState<Uint32Array | 'none' | null>(null);
  useEffect(() => {
    let isGone = false;
    pictures.load(name).then(
      (summary) => !isGone && setHistogram(summary?.histogram ?? 'none'),
      () => undefined,
    );
    return () => {
      isGone = true;
    };
  }, [name, pictures]);
  return histogram;
}
