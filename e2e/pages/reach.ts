import type { Locator } from '@playwright/test';

/**
 * The controls within an element that a person cannot press: none of what is on their middle is theirs when they are scrolled to,
 * or they lie outside of the window.
 *
 * @returns their names
 */
export const outOfReach = (within: Locator): Promise<string[]> =>
  within.evaluate(async (root) => {
    const lost: string[] = [];
    const controls = root.querySelectorAll<HTMLElement>(
      'a[href], button, input, select, textarea, summary, [role=radio], [role=tab], [role=slider]',
    );
    for (const control of controls) {
      if (!control.checkVisibility({ visibilityProperty: true })) continue;
      // A hidden input is pressed by what shows it.
      const label = control instanceof HTMLInputElement ? control.labels?.[0] : undefined;
      const isTiny = control.getBoundingClientRect().width <= 1;
      const target = isTiny ? (label ?? control.parentElement ?? control) : control;
      target.scrollIntoView({ block: 'center', inline: 'center', behavior: 'instant' });
      await new Promise(requestAnimationFrame);
      const { left, top, width, height } = target.getBoundingClientRect();
      const [x, y] = [left + width / 2, top + height / 2];
      const hit = document.elementFromPoint(x, y);
      const isInside = x >= 0 && y >= 0 && x <= window.innerWidth && y <= window.innerHeight;
      const isOwn = hit !== null && (target.contains(hit) || hit.contains(target) || label?.contains(hit) === true);
      if (!isInside || !isOwn)
        lost.push(
          `${control.getAttribute('aria-label') ?? control.textContent?.trim() ?? control.tagName} at ${Math.round(x)}, ${Math.round(y)}, below ${hit?.className}`,
        );
    }
    return lost;
  });
