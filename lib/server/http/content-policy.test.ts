import { expect, test } from 'vitest';
import { parseEnv } from '@/lib/server/env';
import { contentPolicy } from './content-policy';

const policyFor = (variables: Record<string, string>) => contentPolicy(parseEnv(variables).storage, 'n0nce', false);
const s3 = { STORAGE_PROVIDER: 's3', S3_BUCKET: 'slides' };

test('with local storage no other origin is named', () => {
  const policy = policyFor({});
  expect(policy).not.toMatch(/https?:/);
  expect(policy).toContain("script-src 'self' 'nonce-n0nce';");
  expect(policy).not.toContain('unsafe-eval');
});

test('no other site may frame a page, and no page loads plugins, frames, or sends a form elsewhere', () => {
  const directives = policyFor({}).split('; ');
  expect(directives).toEqual(
    expect.arrayContaining([
      "frame-ancestors 'none'",
      "frame-src 'none'",
      "object-src 'none'",
      "base-uri 'none'",
      "form-action 'self'",
    ]),
  );
});

test.each([
  ['a server of its own', { S3_ENDPOINT: 'http://store.local:9000/' }, 'http://store.local:9000'],
  ['AWS', { S3_REGION: 'eu-west-1' }, 'https://slides.s3.eu-west-1.amazonaws.com'],
  ['AWS in China', { S3_REGION: 'cn-north-1' }, 'https://slides.s3.cn-north-1.amazonaws.com.cn'],
  ['a dotted bucket', { S3_BUCKET: 'my.slides' }, 'https://s3.us-east-1.amazonaws.com'],
  [
    'the bucket in the host',
    { S3_ENDPOINT: 'https://r2.example', S3_PATH_STYLE: 'false' },
    'https://slides.r2.example',
  ],
])('pages may reach the bucket: %s', (_, variables, origin) => {
  const policy = policyFor({ ...s3, ...variables });
  expect(policy).toContain(`connect-src 'self' blob: ${origin};`);
  expect(policy).toContain(`img-src 'self' blob: data: ${origin};`);
});
