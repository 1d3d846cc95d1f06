import { z } from 'zod';
import {
  createDocument,
  type oas31,
  type ZodOpenApiOperationObject,
  type ZodOpenApiResponseObject,
  type ZodOpenApiResponsesObject,
} from 'zod-openapi';
import { ERRORS, type ErrorCode } from '@/lib/errors';
import { analysisOperations } from './analysis-operations';
import { batchOperations } from './batch-operations';
import { addExamples } from './examples';
import { Health, Liveness, Readiness } from './health';
import { CORNERS, InferResult } from './infer';
import { InferOptions, PostprocessOptions } from './options';
import { inPlainWords } from './plain-schema';
import { Problem } from './problem';
import { slideOperations } from './slide-operations';
import { TaskAccepted, TaskPath, TaskStatus } from './task';

const file = (description: string) => z.string().meta({ description, override: { type: 'string', format: 'binary' } });

const IMG = file(
  'The image: PNG, JPEG, TIFF, WebP, AVIF, HEIC or GIF; a slide or microscope file that Bio-Formats reads; one of several files as a ZIP',
);
const multipart = (schema: z.ZodObject) => ({ required: true, content: { 'multipart/form-data': { schema } } });

const RETRY_AFTER = z.object({ 'Retry-After': z.string().meta({ description: 'Seconds to wait' }) });

/** The failures of an operation, by status. Several codes can have one status. */
function problems(...codes: ErrorCode[]): ZodOpenApiResponsesObject {
  const responses: Record<`${4 | 5}${string}`, ZodOpenApiResponseObject> = {};
  for (const code of [...codes, 'rate_limited', 'internal'] as const) {
    const { status, title } = ERRORS[code];
    const key = `${status}` as `${4 | 5}${string}`;
    const others = responses[key]?.description;
    responses[key] = {
      description: [...(others === undefined ? [] : [others]), `${title} (\`${code}\`)`].join(', '),
      content: { 'application/problem+json': { schema: Problem } },
      ...((status === 429 || status === 503) && { headers: RETRY_AFTER }),
    };
  }
  return responses;
}

const answer = (description: string, schema: z.ZodType) => ({
  description,
  content: { 'application/json': { schema } },
});

const UPLOAD_CODES = ['invalid_option', 'missing_part', 'malformed_request', 'upload_too_large'] as const;
const IMAGE_CODES = [
  'image_too_large',
  'unreadable_image',
  'queue_full',
  'reader_unavailable',
  'worker_crashed',
] as const;

const upload = (options: z.ZodObject, files: z.core.$ZodShape, codes: readonly ErrorCode[]) =>
  ({
    requestParams: { query: options },
    // Options can also be sent as form fields.
    requestBody: multipart(z.object({ ...files, ...options.shape })),
    responses: problems(...UPLOAD_CODES, ...IMAGE_CODES, ...codes),
  }) satisfies ZodOpenApiOperationObject;

const infer = upload(InferOptions, { img: IMG }, ['model_not_found']);
const postprocess = upload(
  PostprocessOptions,
  {
    img: IMG,
    seg_img: file('The `Seg` picture of an earlier inference, of the same size'),
    marker_img: file('The `Marker` picture; without it `marker_thresh` has no effect').optional(),
  },
  ['size_mismatch'],
);

const ACCEPTED = answer('The work outlasts the synchronous limit: poll the task at `Location`', TaskAccepted);

/** The OpenAPI document, made from the schemas that check the requests. */
export function describeApi(version: string): oas31.OpenAPIObject {
  const document = createDocument(
    {
      openapi: '3.1.0',
      info: {
        title: 'Restain',
        version,
        description:
          'Inferred multiplex images, nuclei and scores from ordinary immunohistochemistry. For research use only. ' +
          'Images that are posted to `/api/infer`, `/api/batch/infer` and `/api/postprocess` are never stored; `/api/analyses` ' +
          'is what the site uses, and keeps an analysis until it is deleted or expires. Options go into the query or into form fields. ' +
          `Coordinates are pixels, ${CORNERS}.`,
      },
      paths: {
        '/api/infer': {
          post: {
            operationId: 'infer',
            summary: 'Infer and score one image',
            ...infer,
            responses: { 200: answer('Pictures and numbers', InferResult), 202: ACCEPTED, ...infer.responses },
          },
        },
        '/api/batch/infer': {
          post: {
            operationId: 'submitTask',
            summary: 'Queue the analysis of one image',
            ...infer,
            responses: { 200: answer('The task to poll', TaskAccepted), ...infer.responses },
          },
        },
        '/api/batch/infer/{task_id}': {
          get: {
            operationId: 'getTask',
            summary: 'Where a task stands',
            description: 'Poll every 1 to 6 s. The result comes with the state SUCCESS.',
            requestParams: { path: TaskPath },
            responses: {
              200: answer('State, progress, result', TaskStatus),
              ...problems('task_not_found', 'result_dropped'),
            },
          },
          delete: {
            operationId: 'cancelTask',
            summary: 'Cancel a task, or drop the result of a finished one',
            requestParams: { path: TaskPath },
            responses: { 200: answer('The state it is in now', TaskStatus), ...problems('task_not_found') },
          },
        },
        '/api/postprocess': {
          post: {
            operationId: 'postprocess',
            summary: 'Score pictures that were inferred earlier',
            ...postprocess,
            responses: {
              200: answer('`SegOverlaid`, `SegRefined` and the numbers', InferResult),
              202: ACCEPTED,
              ...postprocess.responses,
            },
          },
        },
        ...analysisOperations(problems),
        ...batchOperations(problems),
        ...slideOperations(problems),
        '/api/health': {
          get: {
            operationId: 'getHealth',
            summary: 'Whether the server can analyse, with what, and how busy it is',
            responses: { 200: answer('It can', Health), ...problems() },
          },
        },
        '/api/health/live': {
          get: {
            operationId: 'getLiveness',
            summary: 'Whether the server answers at all: one that does not is started anew',
            responses: { 200: answer('It does', Liveness) },
          },
        },
        '/api/health/ready': {
          get: {
            operationId: 'getReadiness',
            summary: 'Whether the server takes requests: not while it starts or ends',
            responses: { 200: answer('It does', Readiness), ...problems('not_ready') },
          },
        },
        '/api/openapi.json': {
          get: {
            operationId: 'getDescription',
            summary: 'This document',
            responses: { 200: answer('OpenAPI 3.1', z.record(z.string(), z.unknown())), ...problems() },
          },
        },
      },
    },
    { override: ({ jsonSchema }) => dropDoubleBounds(jsonSchema) },
  );
  return addExamples(inPlainWords(document));
}

/** zod gives every integer the bounds of a double, which tell a reader nothing. */
function dropDoubleBounds(schema: { minimum?: number | undefined; maximum?: number | undefined }): void {
  if (schema.minimum === Number.MIN_SAFE_INTEGER) delete schema.minimum;
  if (schema.maximum === Number.MAX_SAFE_INTEGER) delete schema.maximum;
}
