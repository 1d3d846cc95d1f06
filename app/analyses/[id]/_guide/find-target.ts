import type { Step } from './steps';

/** How long a control may take to appear once its tab is chosen. */
const PATIENCE_MS = 2000;

const targetOf = ({ name }: Step) =>
  [...document.querySelectorAll<HTMLElement>(`[data-guide="${name}"]`)].find((element) => element.checkVisibility());

/** The control of a step, in sight. On a narrow screen its tab is opened. null: it is not on the page. */
export async function findTarget(step: Step, signal: AbortSignal): Promise<HTMLElement | null> {
  const until = performance.now() + PATIENCE_MS;
  const tab = document.querySelector<HTMLElement>(`[data-guide-tab="${step.tab}"]`);
  if (tab?.getAttribute('aria-selected') === 'false') tab.click();
  for (;;) {
    const target = targetOf(step);
    if (target || signal.aborted || performance.now() > until) {
      if (target) bringIntoSight(target);
      return target ?? null;
    }
    await new Promise(requestAnimationFrame);
  }
}

/** In a sheet only its own content is scrolled: stage and sheet fit the screen together. */
function bringIntoSight(target: HTMLElement): void {
  const sheet = target.closest('[role=tabpanel]');
  if (!sheet) {
    target.scrollIntoView({ block: target.closest('[role=toolbar]') ? 'nearest' : 'center' });
    return;
  }
  const above = (sheet.clientHeight - target.offsetHeight) / 2;
  sheet.scrollTop += target.getBoundingClientRect().top - sheet.getBoundingClientRect().top - Math.max(8, above);
}
