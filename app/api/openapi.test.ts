import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { describeApi } from '@/lib/contracts/openapi';
import { ERRORS } from '@/lib/errors';

const HERE = fileURLToPath(new URL('.', import.meta.url));

/** Addresses that are no part of the API: links that the server itself signs, and the answer to everything else. */
const UNDOCUMENTED = ['/api/storage/{key}', '/api/{path}'];

const spoken = (file: string) =>
  `/api/${file.replace(/\/?route\.ts$/, '')}`
    .replace(
      /\[+(?:\.\.\.)?(\w+)\]+/g,
      (_, name: string) => `{${name.replace(/[A-Z]/g, (c) => `_${c.toLowerCase()}`)}}`,
    )
    .replace(/\/$/, '');

const operations = readdirSync(HERE, { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('route.ts'))
  .flatMap((file) =>
    // `refuseOthers` exports by destructuring, and is no operation.
    [...readFileSync(`${HERE}/${file}`, 'utf8').matchAll(/^export (?:const|async function|function) ([A-Z]+)\b/gm)].map(
      ([, method]) => `${method} ${spoken(file)}`,
    ),
  )
  .filter((operation) => !UNDOCUMENTED.some((path) => operation.endsWith(` ${path}`)));

describe('the OpenAPI document', () => {
  const { paths = {} } = describeApi('1.2.3');

  it('describes every method that a route exports, and no other', () => {
    const described = Object.entries(paths).flatMap(([path, item]) =>
      Object.keys(item).map((method) => `${method.toUpperCase()} ${path}`),
    );
    expect(operations.length).toBeGreaterThan(5);
    expect(described.sort()).toEqual(operations.sort());
  });

  it('has an answer to OPTIONS at every address', () => {
    const files = readdirSync(HERE, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('route.ts'));
    for (const file of files) expect(readFileSync(`${HERE}/${file}`, 'utf8'), file).toMatch(/\bOPTIONS\b.*\}/);
  });

  it('publishes what options mean, not that they travel as text', () => {
    const [parameter] = (paths['/api/infer']?.post?.parameters ?? []).filter(
      (p) => 'name' in p && p.name === 'prob_thresh',
    );
    expect(parameter).toMatchObject({ in: 'query', schema: { type: 'integer', minimum: 0, maximum: 255 } });
  });

  it('names only codes that exist', () => {
    const codes = [...JSON.stringify(paths).matchAll(/\(`([a-z_]+)`\)/g)].map(([, code]) => code);
    expect(codes.length).toBeGreaterThan(0);
    for (const code of codes) expect(ERRORS).toHaveProperty(code as string);
  });
});
