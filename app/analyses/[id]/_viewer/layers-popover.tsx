import type { RefObject } from 'react';
import { t } from '@/app/_text/t';
import { LAYER_NAMES } from '../_pictures/layers';
import type { PictureClient } from '../_pictures/picture-client';
import { BarPopover } from './bar-popover';
import { LayerControl } from './layer-control';

type LayersPopoverProps = { frame: RefObject<HTMLDivElement | null>; pictures: PictureClient };

export function LayersPopover({ frame, pictures }: LayersPopoverProps) {
  return (
    <BarPopover label={t('Layers')} frame={frame}>
      <LayerList pictures={pictures} />
    </BarPopover>
  );
}

/** The settings of the channels. On a phone they are in the sheet instead. */
export function LayerList({ pictures }: { pictures: PictureClient }) {
  return (
    <div className="space-y-5">
      {LAYER_NAMES.map((name) => (
        <LayerControl key={name} name={name} pictures={pictures} />
      ))}
    </div>
  );
}
