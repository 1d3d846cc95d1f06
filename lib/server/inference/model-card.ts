import 'server-only';
import { readFile } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { Marked } from 'marked';

const PICTURE_TYPES: Record<string, string> = { '.png': 'image/png', '.jpg': 'image/jpeg', '.webp': 'image/webp' };

/** A picture beside the card. Plain names alone, so that it is always in the model's folder. */
const PICTURE = /^(?:[\w-]+\/)*[\w-]+\.(?:png|jpg|webp)$/;

/**
 * The model's card (`README.md`) as HTML, with its pictures in it.
 *
 * A card comes with a model from elsewhere. HTML in it is shown as text, and only web links become links. Chapters below a
 * horizontal rule are details: each opens on a press.
 *
 * @returns null when the model has no card
 */
export async function renderModelCard(folder: string): Promise<string | null> {
  const card = await readFile(join(folder, 'README.md'), 'utf8').catch(() => null);
  if (card === null) return null;
  const pictures = new Map<string, string>();
  const marked = new Marked({
    async: true,
    async walkTokens(token) {
      if (token.type !== 'image' || !PICTURE.test(token.href)) return;
      const bytes = await readFile(join(folder, token.href)).catch(() => null);
      if (bytes)
        pictures.set(token.href, `data:${PICTURE_TYPES[extname(token.href)]};base64,${bytes.toString('base64')}`);
    },
    renderer: {
      html: ({ text }) => escapeHtml(text),
      image: ({ href, text }) => {
        const source = pictures.get(href);
        return source ? `<img src="${source}" alt="${escapeHtml(text)}">` : escapeHtml(text);
      },
      link({ href, tokens }) {
        const text = this.parser.parseInline(tokens);
        return /^https?:\/\//.test(href) ? `<a href="${escapeHtml(href)}">${text}</a>` : text;
      },
    },
  });
  const html = await marked.parse(card);
  // Wide tables scroll in a frame of their own, which must be reachable by the keyboard.
  const [first = '', ...details] = html
    .replaceAll('<table>', '<div role="region" aria-label="Table" tabindex="0"><table>')
    .replaceAll('</table>', '</table></div>')
    .split('<hr>\n');
  return first + details.map(foldChapters).join('');
}

const foldChapters = (html: string) =>
  html
    .split(/(?=<h2>)/)
    .map((chapter) => chapter.replace(/^(<h2>.*<\/h2>)([\s\S]*)$/, '<details><summary>$1</summary>$2</details>'))
    .join('');

const ENTITIES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

const escapeHtml = (text: string) => text.replace(/[&<>"']/g, (character) => ENTITIES[character]!);
