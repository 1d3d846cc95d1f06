import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@playwright/test';
import { drawTissue } from './drawn-pictures';

const mark = join(tmpdir(), 'restain-e2e-mark');
const HOSTILE = [
  '<script>alert(1)</script>',
  '"><img src=x onerror=alert(1)>',
  `$(touch ${mark})`,
  `\`touch ${mark}\``,
  `'; touch ${mark} #`,
  '../../../../etc/passwd',
  '/etc/passwd',
  'C:\\Windows\\win.ini',
  'Jane Doe\\r\\nX-Evil: 1',
  '%0d%0aX-Evil:%201',
  '{{7*7}}',
  '-rf',
];

/** A multipart form as a client might write it: only quotes in the name of the file are escaped. */
function form(parts: { name: string; fileName?: string; content: Buffer }[]): { body: Buffer; type: string } {
  const boundary = 'restain-boundary';
  const chunks = parts.flatMap(({ name, fileName, content }) => [
    Buffer.from(
      `--${boundary}\r\nContent-Disposition: form-data; name="${name}"${fileName === undefined ? '' : `; filename="${fileName.replaceAll('"', '\\"')}"`}\r\n\r\n`,
    ),
    content,
    Buffer.from('\r\n'),
  ]);
  return {
    body: Buffer.concat([...chunks, Buffer.from(`--${boundary}--\r\n`)]),
    type: `multipart/form-data; boundary=${boundary}`,
  };
}

async function post(baseURL: string, { body, type }: { body: Buffer; type: string }, query = '') {
  const headers = { 'Content-Type': type };
  const response = await fetch(`${baseURL}/api/infer${query}`, { method: 'POST', headers, body: new Uint8Array(body) });
  expect(response.headers.get('x-evil')).toBeNull();
  expect(response.headers.get('x-content-type-options')).toBe('nosniff');
  expect(response.headers.get('content-type')).toMatch(/^application\/(problem\+)?json$/);
  expect(existsSync(mark)).toBe(false);
  return { status: response.status, text: await response.text() };
}

for (const words of HOSTILE) {
  // One of each kind: a page's, a shell's, a path's, a header's.
  const isSample = ['<script>', '$(touch', '../', 'Jane Doe'].some((start) => words.startsWith(start));
  const tag = isSample ? [] : '@long';
  test(`a file called ${words} is read as any other, and its name is nowhere`, { tag }, async ({ baseURL }) => {
    const img = { name: 'img', fileName: words, content: await drawTissue(64, 64) };
    const { status, text } = await post(baseURL as string, form([img]), '?slim&resolution=40x');
    expect(status).toBe(200);
    for (const content of ['no image', 'ZISRAWFILE']) {
      const refused = await post(baseURL as string, form([{ ...img, content: Buffer.from(content) }]));
      expect(refused.status).toBe(415);
      expect(refused.text).not.toContain(words);
    }
    expect(text).not.toContain(JSON.stringify(words).slice(1, -1));
  });

  test(`an option whose value is ${words} is refused as JSON`, { tag }, async ({ baseURL }) => {
    const img = { name: 'img', content: await drawTissue(64, 64) };
    for (const option of ['resolution', 'region', 'series', 'level', 'model', 'roi', 'include', 'algorithm']) {
      const fields = form([img, { name: option, content: Buffer.from(words) }]);
      const { status } = await post(baseURL as string, fields);
      expect([400, 404], option).toContain(status);
      const inQuery = await post(baseURL as string, form([img]), `?${option}=${encodeURIComponent(words)}`);
      expect([400, 404], option).toContain(inQuery.status);
    }
    const named = await post(baseURL as string, form([img]), `?${encodeURIComponent(words)}=1`);
    expect(named.status).toBe(400);
    const part = await post(
      baseURL as string,
      form([{ name: words.replaceAll('"', "'"), fileName: 'a', content: img.content }]),
    );
    expect(part.status).toBe(400);
  });
}
