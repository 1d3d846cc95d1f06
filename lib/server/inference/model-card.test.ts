import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { renderModelCard } from './model-card';

describe('renderModelCard', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'card-'));
  });
  afterEach(() => rm(folder, { recursive: true }));
  const render = async (card: string) => {
    await writeFile(join(folder, 'README.md'), card);
    return renderModelCard(folder);
  };

  it('is null where the model has no card', async () => {
    expect(await renderModelCard(folder)).toBeNull();
  });

  it('sets headings, tables and links', async () => {
    const html = await render(
      '# Net\n\n| set | Dice |\n|---|---|\n| a | **0.8** |\n\nSee [a paper](https://doi.org/1).',
    );
    expect(html).toContain('<h1>Net</h1>');
    expect(html).toMatch(
      /<div role="region"[^>]*tabindex="0"><table>[\s\S]*<strong>0.8<\/strong>[\s\S]*<\/table><\/div>/,
    );
    expect(html).toContain('<a href="https://doi.org/1">a paper</a>');
  });

  it('puts pictures of its folder into the page, and none from elsewhere', async () => {
    await writeFile(join(folder, 'miss.png'), 'bytes');
    const data = Buffer.from('bytes').toString('base64');
    expect(await render('![a miss](miss.png)')).toContain(`<img src="data:image/png;base64,${data}" alt="a miss">`);
    for (const href of ['../miss.png', '/etc/miss.png', 'https://example.org/x.png', 'absent.png'])
      expect(await render(`![a miss](${href})`)).toBe('<p>a miss</p>\n');
  });

  it('folds the chapters below a rule, and no others', async () => {
    const html = await render('# Net\n\n## Use\n\nShort.\n\n---\n\n## Data\n\nOne.\n\n### Part\n\n## Figures\n\nTwo.');
    expect(html).toBe(
      '<h1>Net</h1>\n<h2>Use</h2>\n<p>Short.</p>\n' +
        '<details><summary><h2>Data</h2></summary>\n<p>One.</p>\n<h3>Part</h3>\n</details>' +
        '<details><summary><h2>Figures</h2></summary>\n<p>Two.</p>\n</details>',
    );
  });

  it('shows HTML and scripts as text', async () => {
    const html = await render(
      '<script>alert(1)</script>\n\nA <b onclick="x">word</b> and [a link](javascript:alert(1)).',
    );
    expect(html).not.toMatch(/<script|<b |href/);
    expect(html).toContain('&lt;script&gt;');
  });
});
