import { readFileSync } from 'node:fs';
import sharp from 'sharp';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import type { z } from 'zod';
import type { oas31 } from 'zod-openapi';
import { CreateAnalysis, Feedback, SaveDraft, ShowImage, StartAnalysis, UpdateScoring } from '@/lib/contracts/analysis';
import { SaveAnnotations } from '@/lib/contracts/annotation';
import { AddToBatch, CreateBatch, RerunBatch } from '@/lib/contracts/batch';
import { describeApi } from '@/lib/contracts/openapi';
import { CreateSlide, IngestSlide, KeepSlide } from '@/lib/contracts/slide';
import { StartScoring } from '@/lib/contracts/slide-scoring';
import { SaveSlideSettings } from '@/lib/contracts/slide-settings';
import { resetEnvForTests } from '@/lib/server/env';
import { stopEngine } from '@/lib/server/inference/engine';
import { POST as infer } from './infer/route';
import { POST as postprocess } from './postprocess/route';

const SIDE = 512;
const NO_PARAMS = { params: Promise.resolve({}) };

beforeAll(() => {
  for (const [name, value] of Object.entries({
    LOG_LEVEL: 'silent',
    INFERENCE_PROVIDER: 'cpu',
    REQUESTS_PER_MINUTE: '10000',
  }))
    vi.stubEnv(name, value);
  resetEnvForTests();
});
afterAll(async () => {
  await stopEngine();
  vi.unstubAllEnvs();
  resetEnvForTests();
});

type Parameter = { name: string; schema: { example?: unknown }; example?: unknown };

/** Whoever writes a first request takes the examples of the document: each must be taken, in the query and in the form. */
const examplesOf = (path: string) => {
  const parameters = (describeApi('1.2.3').paths?.[path]?.post?.parameters ?? []) as unknown as Parameter[];
  expect(parameters.length).toBeGreaterThan(5);
  return parameters.map(({ name, schema, example }) => [name, example ?? schema.example] as const);
};

async function picture(): Promise<Blob> {
  const blank = { width: SIDE, height: SIDE, channels: 3 as const, background: '#e8e0e6' };
  return new Blob([new Uint8Array(await sharp({ create: blank }).png().toBuffer())]);
}

async function post(path: string, query: Record<string, string>, fields: Record<string, string>): Promise<Response> {
  const body = new FormData();
  for (const [name, value] of Object.entries(fields)) body.append(name, value);
  body.append('img', await picture());
  if (path === '/api/postprocess') body.append('seg_img', await picture());
  const request = new Request(`http://server${path}?${new URLSearchParams(query)}`, { method: 'POST', body });
  return (path === '/api/infer' ? infer : postprocess)(request, NO_PARAMS);
}

it.each(['/api/infer', '/api/postprocess'])(
  'every example of %s is taken',
  async (path) => {
    for (const [name, example] of examplesOf(path)) {
      // The smallest answer there is, of the fewest pixels, unless the option is at odds with it.
      const small = {
        ...(path === '/api/infer' && !['slim', 'nopost'].includes(name) && { slim: 'true' }),
        ...(!['resolution', 'microns_per_pixel'].includes(name) && { resolution: '40x' }),
      };
      const asked = { ...small, [name]: String(example) };
      for (const response of [await post(path, asked, {}), await post(path, {}, asked)])
        expect(response.status, `${name}=${example}: ${(await response.text()).slice(0, 300)}`).toBe(200);
    }
  },
  240_000,
);

it('the sample that is named is shipped, and a media type is one', () => {
  const { CreateAnalysis: schema } = describeApi('1.2.3').components?.schemas ?? {};
  const text = JSON.stringify(schema);
  const examples = [...text.matchAll(/"example":"([^"]+)"/g)].map(([, example]) => example as string);
  const [sample, type] = [examples.find((e) => !e.includes('/')), examples.find((e) => e.includes('/'))];
  const samples = JSON.stringify(JSON.parse(readFileSync('public/samples/samples.json', 'utf8')));
  expect(samples).toContain(`"${sample}"`);
  expect(CreateAnalysis.safeParse({ sample }).success).toBe(true);
  expect(CreateAnalysis.safeParse({ bytes: 1, type }).success).toBe(true);
});

/** The schema of each body, under the name that the document gives it. */
const BODIES: Record<string, z.ZodType> = {
  ...{ CreateAnalysis, ShowImage, StartAnalysis, UpdateScoring, SaveDraft, Feedback },
  ...{ CreateBatch, AddToBatch, RerunBatch },
  ...{ CreateSlide, IngestSlide, KeepSlide, SaveAnnotations, StartScoring, SaveSlideSettings },
};

it('every body of JSON has an example, which is taken', () => {
  const named = new Set<string>();
  for (const item of Object.values(describeApi('1.2.3').paths ?? {}))
    for (const { operationId, requestBody } of Object.values(item as Record<string, oas31.OperationObject>)) {
      const json = (requestBody as oas31.RequestBodyObject | undefined)?.content['application/json'];
      if (!json) continue;
      expect(json.example, operationId).toBeDefined();
      const name = (json.schema as oas31.ReferenceObject).$ref?.split('/').at(-1);
      if (name === undefined) {
        expect(operationId).toBe('importAnnotations');
        continue;
      }
      named.add(name);
      const { error } = (BODIES[name] as z.ZodType).safeParse(json.example);
      expect(error?.issues, operationId).toBeUndefined();
    }
  expect([...named].sort()).toEqual(Object.keys(BODIES).sort());
});
