import { z } from 'zod';
import type { ZodOpenApiOperationObject, ZodOpenApiPathsObject, ZodOpenApiResponsesObject } from 'zod-openapi';
import type { ErrorCode } from '@/lib/errors';
import { AddToBatch, Batch, BatchPath, CreateBatch, MAX_BATCH_REPORTS, RerunBatch } from './batch';
import { ExportOptions } from './exports';
import { oneOf, publish } from './text-options';

const BODY_CODES = ['invalid_option', 'malformed_request', 'upload_too_large'] as const;

const body = (schema: z.ZodType) => ({ required: true, content: { 'application/json': { schema } } });
const answer = (description: string) => ({ description, content: { 'application/json': { schema: Batch } } });

/** The options of the table. */
export const TableOptions = ExportOptions.pick({ csv: true });

const PICTURES = ['none', 'overlay', 'all'] as const;

/** The options of the archive. */
export const ArchiveOptions = ExportOptions.extend({
  pictures: oneOf(PICTURES)
    .default('overlay')
    .meta(
      publish('Which pictures of each result: `none`, `overlay` for `SegOverlaid.png`, or `all`.', 'all', {
        type: 'string',
        enum: PICTURES,
        default: 'overlay',
      }),
    ),
});

/** The operations of batches, which the site uses, for the OpenAPI document. */
export function batchOperations(problems: (...codes: ErrorCode[]) => ZodOpenApiResponsesObject): ZodOpenApiPathsObject {
  const ofOne = (
    operationId: string,
    summary: string,
    more: { success?: 200 | 202; body?: z.ZodType; codes?: ErrorCode[] } = {},
  ): ZodOpenApiOperationObject => {
    const codes = [...(more.codes ?? []), ...(more.body ? BODY_CODES : [])] as const;
    return {
      operationId,
      summary,
      tags: ['site'],
      requestParams: { path: BatchPath },
      ...(more.body && { requestBody: body(more.body) }),
      responses: {
        [more.success ?? 200]: answer('The batch as it stands now'),
        ...problems(...codes, 'batch_not_found', 'storage_unavailable'),
      },
    };
  };
  return {
    '/api/batches': {
      post: {
        operationId: 'createBatch',
        summary: 'Make a batch of stored analyses, which share their options and their table',
        tags: ['site'],
        requestBody: body(CreateBatch),
        responses: {
          201: answer('The batch as it stands now'),
          ...problems(...BODY_CODES, 'analysis_not_found', 'model_not_found', 'storage_unavailable', 'storage_full'),
        },
      },
    },
    '/api/batches/{id}': {
      get: ofOne('getBatch', 'How a batch stands: a row for each analysis'),
      delete: {
        operationId: 'deleteBatch',
        summary: 'Remove every trace of a batch and of its analyses at once',
        tags: ['site'],
        requestParams: { path: BatchPath },
        responses: {
          204: { description: 'Nothing of it is left' },
          ...problems('batch_not_found', 'storage_unavailable'),
        },
      },
    },
    '/api/batches/{id}/analyses': {
      post: ofOne('addToBatch', 'Add analyses to a batch', {
        body: AddToBatch,
        codes: ['analysis_not_found', 'storage_full'],
      }),
    },
    '/api/batches/{id}/rerun': {
      post: ofOne('rerunBatch', 'Run all or some analyses of a batch with the same options, in place of earlier runs', {
        success: 202,
        body: RerunBatch,
        codes: ['analysis_not_found', 'model_not_found', 'storage_full'],
      }),
    },
    '/api/batches/{id}/cancel': {
      post: ofOne('cancelBatch', 'Stop what waits and what runs of a batch'),
    },
    '/api/batches/{id}/table.csv': {
      get: {
        operationId: 'getBatchTable',
        summary: 'The numbers of a batch as a table: a row for each analysis',
        tags: ['site'],
        requestParams: { path: BatchPath, query: TableOptions },
        responses: {
          200: { description: 'The table', content: { 'text/csv': { schema: z.string() } } },
          ...problems('invalid_option', 'batch_not_found', 'storage_unavailable'),
        },
      },
    },
    '/api/batches/{id}/all.zip': {
      get: {
        operationId: 'getBatchArchive',
        summary: 'The table of a batch, and a folder with the files of each result, named by its number in the table',
        tags: ['site'],
        requestParams: { path: BatchPath, query: ArchiveOptions },
        responses: {
          200: {
            description: 'The archive',
            content: {
              'application/zip': { schema: z.string().meta({ override: { type: 'string', format: 'binary' } }) },
            },
          },
          ...problems('invalid_option', 'batch_not_found', 'wrong_state', 'image_too_large', 'storage_unavailable'),
        },
      },
    },
    '/api/batches/{id}/reports.pdf': {
      get: {
        operationId: 'getBatchReports',
        summary: `The reports of all results of a batch in one document, in the order of the table; at most ${MAX_BATCH_REPORTS}`,
        description: 'Each begins on a new page. A last page names the images that have no report, and says why.',
        tags: ['site'],
        requestParams: { path: BatchPath },
        responses: {
          200: {
            description: 'The document',
            content: {
              'application/pdf': { schema: z.string().meta({ override: { type: 'string', format: 'binary' } }) },
            },
          },
          ...problems('batch_not_found', 'wrong_state', 'image_too_large', 'storage_unavailable'),
        },
      },
    },
  };
}
