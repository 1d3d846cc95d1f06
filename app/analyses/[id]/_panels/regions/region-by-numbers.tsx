import { Collapsible } from '@base-ui/react/collapsible';
import { useState } from 'react';
import { TEXT_BUTTON } from '@/app/_components/panel-section';
import { Button } from '@/app/_components/ui/button';
import { NumberBox } from '@/app/_components/ui/number-box';
import { t } from '@/app/_text/t';
import { rectangleRing } from '../../_preview/rectangle-ring';
import { useResult, useResultActions } from '../../_result/result-context';

/** Adds a rectangle by its numbers. They start as the part that is in view when this is opened. */
export function RegionByNumbers() {
  const source = useResult((state) => state.analysis.source);
  const { addRegion, sight } = useResultActions();
  const [sides, setSides] = useState({ left: 0, top: 0, width: 1, height: 1 });
  if (!source) return null;
  const { left, top, width, height } = sides;
  const fields = [
    ['left', t('Left'), t('Left of the rectangle, px'), 0, source.width - 1],
    ['top', t('Top'), t('Top of the rectangle, px'), 0, source.height - 1],
    ['width', t('Width'), t('Width of the rectangle, px'), 1, source.width],
    ['height', t('Height'), t('Height of the rectangle, px'), 1, source.height],
  ] as const;

  function takeView() {
    const view = sight();
    if (!view) return;
    const [x0, y0] = [Math.floor(view.x0), Math.floor(view.y0)];
    setSides({ left: x0, top: y0, width: Math.ceil(view.x1) - x0, height: Math.ceil(view.y1) - y0 });
  }

  const x1 = Math.min(source.width, left + width);
  const y1 = Math.min(source.height, top + height);
  return (
    <Collapsible.Root onOpenChange={(isOpen) => isOpen && takeView()}>
      <Collapsible.Trigger className={TEXT_BUTTON}>{t('Region by numbers')}</Collapsible.Trigger>
      <Collapsible.Panel className="pb-2 text-sm">
        <p className="text-muted">{t('In pixels from the top left corner; at first, what is in view.')}</p>
        <div className="mt-1.5 grid grid-cols-2 gap-x-4 gap-y-1.5">
          {fields.map(([side, label, spoken, min, max]) => (
            <div key={side} className="flex items-center justify-between gap-2">
              <span aria-hidden="true">{label}</span>
              <NumberBox
                label={spoken}
                value={sides[side]}
                min={min}
                max={max}
                onChange={(typed) => typed !== null && setSides({ ...sides, [side]: typed })}
              />
            </div>
          ))}
        </div>
        <Button
          look="secondary"
          className="mt-2 min-h-9! px-3!"
          onClick={() => addRegion({ shape: 'rectangle', rings: [rectangleRing({ x0: left, y0: top, x1, y1 })] })}
        >
          {t('Add region')}
        </Button>
      </Collapsible.Panel>
    </Collapsible.Root>
  );
}
