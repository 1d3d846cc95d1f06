import { readdirSync, readFileSync } from 'node:fs';
import type { Page } from '@playwright/test';
import { IntlMessageFormat } from 'intl-messageformat';

type Part = ReturnType<IntlMessageFormat['getAst']>[number];
/** What the parser calls a part that is text alone. */
const LITERAL = 0;

/** A value: text, which joins what is beside it, or an element, which cuts it. */
const VALUE = '.+?';

/** A message in pieces as patterns, apart where it has an element: within one, what is text is one text. */
function stretches(parts: Part[]): string[][] {
  const found: string[][] = [[]];
  const append = (pattern: string) => found.at(-1)?.push(pattern);
  for (const part of parts) {
    if (part.type === LITERAL && 'value' in part) append(part.value.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
    else if ('options' in part)
      append(
        `(?:${Object.values(part.options)
          .map(({ value }) => stretches(value).flat().join(''))
          .join('|')})`,
      );
    else if ('children' in part) found.push(...stretches(part.children), []);
    else append(VALUE);
  }
  return found;
}

/** Every text that a stretch can be cut into by values that are elements. */
function texts(pieces: string[]): string[] {
  const cuts = [0, pieces.length, ...pieces.flatMap((piece, i) => (piece === VALUE ? [i, i + 1] : []))];
  return cuts.flatMap((from) => cuts.filter((to) => to > from).map((to) => pieces.slice(from, to).join('').trim()));
}

const hasLetters = (pattern: string) => /\p{L}/u.test(pattern.replaceAll('\\', ''));
const messages: string[] = Object.keys(JSON.parse(readFileSync('app/_text/en.json', 'utf8')));
const patterns = messages.flatMap((message) =>
  stretches(new IntlMessageFormat(message, 'en').getAst()).flatMap(texts).filter(hasLetters),
);
const inCatalogue = new RegExp(`^(?:${[...new Set(patterns)].join('|')})$`, 'su');

/** The English of the API, of names that it has, and of the samples: the server's, so not the pages' to translate. */
const OF_THE_SERVER = ['lib', 'models', 'public/samples']
  .flatMap((folder) => readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((file) => `${folder}/${file}`))
  .filter((file) => /\.(ts|json|md)$/.test(file) && !/\.test\.ts$|fonts\//.test(file))
  .map((file) => readFileSync(file, 'utf8'))
  .join('\n');
/** Names and units that are the same in every language. */
const NAMES =
  /^(Restain|API|curl|Python|GeoJSON|GeoParquet|ImageScope XML|QuPath|DAPI|Lap2|Hema|H-score|Allred|TPS|CPS|HER2|[\d.,x]* ?(px|mm|mm²|µm|µm\/px|x)|Ctrl\+\w)$/;

/** Visible texts, labels and descriptions on a page that no message of the catalogue makes. */
export async function textsOutsideCatalogue(page: Page): Promise<string[]> {
  const found = await page.evaluate(() => {
    const found = [document.title];
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT | NodeFilter.SHOW_ELEMENT);
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
      const element = node instanceof Element ? node : node.parentElement;
      if (!element || element.closest('script, style, code, pre, time, [data-testid=model-card]')) continue;
      if (node instanceof Element)
        for (const name of ['aria-label', 'aria-description', 'title', 'placeholder', 'alt'])
          found.push(node.getAttribute(name) ?? '');
      else found.push(node.textContent ?? '');
    }
    return found;
  });
  const isKnown = (text: string) =>
    !/\p{L}{2}/u.test(text) || NAMES.test(text) || inCatalogue.test(text) || OF_THE_SERVER.includes(text);
  // Sentences side by side, lists, `QuPath (GeoJSON)` and `Slide - Restain` are made of what is known.
  const isMadeOfKnown = (text: string) =>
    [/; /, /(?<=\.) /, / - | x |, |[()]/].some((between) => text.split(between).every((part) => isKnown(part.trim())));
  return [...new Set(found.map((text) => text.replace(/\s+/g, ' ').trim()))].filter(
    (text) => !isKnown(text) && !isMadeOfKnown(text),
  );
}
