import type { RefObject } from 'react';
import { t } from '@/app/_text/t';
import { BAR_BUTTON } from '@/app/_viewer/bar-button';
import { OUTLINE_COLOURS } from '@/app/_viewer/stroke-outlines';
import { useResult, useResultActions } from '../_result/result-context';
import { BarPopover } from './bar-popover';

const COLOUR_WORDS: Record<(typeof OUTLINE_COLOURS)[number]['name'], string> = {
  orange: t('Orange and sky blue'),
  yellow: t('Yellow and lilac'),
  amber: t('Amber and white'),
};

/** Switches outlines on and off. Their colours and width are in the popover. */
export function OutlinesPopover({ frame }: { frame: RefObject<HTMLDivElement | null> }) {
  const isShown = useResult((state) => state.view.outlines.isShown);
  const { changeOutlines } = useResultActions();
  return (
    <>
      <button
        type="button"
        data-guide="outlines"
        aria-pressed={isShown}
        title={t('Off shows the stain below the lines; so does Space while it is held, with the focus on the picture')}
        onClick={() => changeOutlines({ isShown: !isShown })}
        className={`${BAR_BUTTON} border-transparent border-b-2 px-3 aria-pressed:border-stage-accent aria-pressed:text-stage-ink`}
      >
        {t('Outlines')}
      </button>
      <BarPopover label={t('Lines')} frame={frame}>
        <OutlineSettings />
      </BarPopover>
    </>
  );
}

function OutlineSettings() {
  const outlines = useResult((state) => state.view.outlines);
  const { changeOutlines } = useResultActions();
  const colours = [
    { key: 'positiveColour', label: t('Positive, solid and filled') },
    { key: 'negativeColour', label: t('Negative, thin and dashed') },
  ] as const;
  return (
    <div className="space-y-3">
      <fieldset>
        <legend>{t('Colours for any eye')}</legend>
        <div className="mt-1 flex gap-2">
          {OUTLINE_COLOURS.map(({ name: key, colours: pair }) => (
            <button
              key={key}
              type="button"
              aria-label={COLOUR_WORDS[key]}
              title={COLOUR_WORDS[key]}
              aria-pressed={
                outlines.positiveColour === pair.positiveColour && outlines.negativeColour === pair.negativeColour
              }
              onClick={() => changeOutlines(pair)}
              className="flex h-7 flex-1 overflow-hidden rounded border-2 border-stage-edge aria-pressed:border-stage-accent"
            >
              <span className="flex-1" style={{ backgroundColor: pair.positiveColour }} />
              <span className="flex-1" style={{ backgroundColor: pair.negativeColour }} />
            </button>
          ))}
        </div>
      </fieldset>
      {colours.map(({ key, label }) => (
        <label key={key} className="flex items-center justify-between gap-3">
          {label}
          <input
            type="color"
            value={outlines[key]}
            onChange={(event) => changeOutlines({ [key]: event.target.value })}
            className="h-7 w-10 cursor-pointer rounded border border-stage-edge bg-transparent"
          />
        </label>
      ))}
      <label className="block">
        <span className="flex justify-between">
          {t('Thickness')} <span className="text-stage-muted">{`${outlines.thickness} px`}</span>
        </span>
        <input
          type="range"
          min={1}
          max={8}
          step={0.5}
          value={outlines.thickness}
          onChange={(event) => changeOutlines({ thickness: event.target.valueAsNumber })}
          className="mt-2 w-full"
        />
      </label>
    </div>
  );
}
