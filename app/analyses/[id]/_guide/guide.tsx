import { Popover } from '@base-ui/react/popover';
import { useEffect, useRef } from 'react';
import { Button } from '@/app/_components/ui/button';
import { t } from '@/app/_text/t';
import { Ring } from './ring';
import type { Step } from './steps';
import { useSteps } from './use-steps';

/**
 * Walks through a result, one control after the other. The page stays usable: nothing is covered but what the step does
 * not speak of. Escape ends it, F6 goes from the card to its control and back.
 */
export default function Guide({ onEnd }: { onEnd: () => void }) {
  const { step, target, isDone, isFirst, isLast, go, end } = useSteps(onEnd);
  const next = useRef<HTMLButtonElement>(null);
  const popup = useRef<HTMLDivElement>(null);

  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.key !== 'F6' || !target) return;
      event.preventDefault();
      const isInCard = popup.current?.contains(document.activeElement);
      (isInCard ? firstControl(target) : next.current)?.focus();
    };
    window.addEventListener('keydown', onKey);
    return () => window.removeEventListener('keydown', onKey);
  }, [target]);

  if (!target) return null;
  return (
    <>
      <Ring target={target} />
      <Popover.Root
        open
        onOpenChange={(isOpen, { reason }) => {
          if (!isOpen && reason === 'escape-key' && !isSomethingOver(popup.current)) end();
        }}
      >
        <Popover.Portal>
          <Popover.Positioner
            anchor={target}
            positionMethod="fixed"
            side={step.isOnStage ? 'bottom' : 'left'}
            align="start"
            sideOffset={14}
            collisionPadding={8}
            className={`z-10 ${NARROW} ${step.isOnStage ? BELOW : ABOVE}`}
          >
            <Popover.Popup
              ref={popup}
              initialFocus={next}
              className="max-h-[44dvh] overflow-y-auto rounded-xl border border-edge bg-surface px-4 py-3 text-ink shadow-lg short:max-h-[calc(100dvh-1rem)] lg:max-h-[calc(100dvh-1rem)]"
            >
              <Words step={step} isDone={isDone} />
              <div className="mt-3 flex items-center gap-2">
                <Button ref={next} className="min-h-10! px-4!" onClick={() => go(1)}>
                  {isLast ? t('Finish') : t('Next')}
                </Button>
                {!isFirst && (
                  <Button look="secondary" className="min-h-10! px-4!" onClick={() => go(-1)}>
                    {t('Back')}
                  </Button>
                )}
                <button
                  type="button"
                  onClick={end}
                  className="ml-auto min-h-10 cursor-pointer px-2 text-muted text-sm underline underline-offset-3"
                >
                  {t('Skip')}
                </button>
              </div>
            </Popover.Popup>
          </Popover.Positioner>
        </Popover.Portal>
      </Popover.Root>
    </>
  );
}

/** Told to a screen reader whenever it changes: the focus stays on Next. */
function Words({ step: { title, text, task }, isDone }: { step: Step; isDone: boolean }) {
  return (
    <>
      <div aria-live="polite" aria-atomic="true">
        <Popover.Title className="font-semibold">{title}</Popover.Title>
        <Popover.Description className="mt-1 text-pretty text-sm">{text}</Popover.Description>
        {task && !isDone && <p className="mt-2 text-pretty text-sm font-medium">{task.ask}</p>}
      </div>
      <p role="status" data-testid="guide-done" className="mt-2 text-pretty text-dab text-sm font-medium empty:hidden">
        {isDone && task?.done}
      </p>
    </>
  );
}

/** On a narrow screen the card lies on the half of which it does not speak: at the lower edge, or at the upper one. */
const NARROW = 'max-lg:fixed! max-lg:inset-x-2! max-lg:transform-none! sm:w-88 short:w-80';
const BELOW = 'max-lg:top-auto! max-lg:bottom-2! short:left-auto!';
const ABOVE = 'max-lg:top-2! max-lg:bottom-auto! short:right-auto!';

const firstControl = (target: HTMLElement) =>
  target.matches('button')
    ? target
    : target.querySelector<HTMLElement>('button, input:not([type=hidden]), select, [role=radio], [tabindex="0"]');

/** Whether a dialog or a list of another part is open: Escape closes that first. */
const isSomethingOver = (card: HTMLElement | null) =>
  [...document.querySelectorAll('[role=dialog][data-open]')].some((open) => open !== card);
