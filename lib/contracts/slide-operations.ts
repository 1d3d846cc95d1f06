import { z } from 'zod';
import type { ZodOpenApiOperationObject, ZodOpenApiPathsObject, ZodOpenApiResponsesObject } from 'zod-openapi';
import type { ErrorCode } from '@/lib/errors';
import { TERMS_HEADER, TERMS_VERSION } from './analysis';
import {
  ANNOTATION_FILE_TYPES,
  Annotations,
  ImportAnnotationsOptions,
  ImportedAnnotations,
  ReadAnnotationsOptions,
  SaveAnnotations,
  SavedAnnotations,
} from './annotation';
import { CreateSlide, IngestSlide, KeepSlide, Slide, SlidePath } from './slide';
import { slideExportOperations } from './slide-exports';
import { slideScoringOperations } from './slide-scoring-operations';

const body = (schema: z.ZodType) => ({ required: true, content: { 'application/json': { schema } } });
const answer = (description: string, schema: z.ZodType = Slide) => ({
  description,
  content: { 'application/json': { schema } },
});
const BODY_CODES = ['invalid_option', 'malformed_request', 'upload_too_large'] as const;

/** The operations of kept slides, for the OpenAPI document. */
export function slideOperations(problems: (...codes: ErrorCode[]) => ZodOpenApiResponsesObject): ZodOpenApiPathsObject {
  const ofOne = (
    operationId: string,
    summary: string,
    more: { success?: 200 | 202; body?: z.ZodType; codes?: ErrorCode[] } = {},
  ): ZodOpenApiOperationObject => {
    const bodyCodes = more.body === undefined ? [] : BODY_CODES;
    const codes = [...(more.codes ?? []), ...bodyCodes, 'slide_not_found', 'storage_unavailable'] as const;
    return {
      operationId,
      summary,
      tags: ['slides'],
      requestParams: { path: SlidePath },
      ...(more.body && { requestBody: body(more.body) }),
      responses: { [more.success ?? 200]: answer('The slide as it stands now'), ...problems(...codes) },
    };
  };
  return {
    '/api/slides': {
      post: {
        operationId: 'createSlide',
        summary: 'Begin a slide that is kept: of a file to come, or of a shipped sample',
        tags: ['slides'],
        requestParams: {
          header: z.object({
            [TERMS_HEADER]: z
              .literal(TERMS_VERSION)
              .optional()
              .meta({ description: 'Says that the terms of use are accepted; the site says it by a cookie' }),
          }),
        },
        requestBody: body(CreateSlide),
        responses: {
          201: answer('With the parts of the upload and where each goes'),
          ...problems(
            ...BODY_CODES,
            'terms_not_accepted',
            'analysis_not_found',
            'not_found',
            'wrong_state',
            'queue_full',
            'storage_unavailable',
            'storage_full',
          ),
        },
      },
    },
    '/api/slides/{id}': {
      get: ofOne('getSlide', 'Where a slide stands, with a link to its pyramid'),
      delete: {
        operationId: 'deleteSlide',
        summary: 'Remove every trace of a slide at once',
        tags: ['slides'],
        requestParams: { path: SlidePath },
        responses: {
          204: { description: 'Nothing of it is left' },
          ...problems('slide_not_found', 'read_only', 'storage_unavailable'),
        },
      },
    },
    '/api/slides/{id}/upload': {
      get: ofOne('getSlideUpload', 'The parts of the file that have not arrived, with fresh links', {
        codes: ['wrong_state', 'read_only'],
      }),
    },
    '/api/slides/{id}/ingest': {
      post: ofOne('ingestSlide', 'Write the copy that is kept, of the image that is chosen', {
        success: 202,
        body: IngestSlide,
        codes: ['upload_incomplete', 'wrong_state', 'read_only', 'queue_full', 'storage_full'],
      }),
    },
    '/api/slides/{id}/cancel': {
      post: ofOne('cancelIngest', 'Stop the writing of the copy', { codes: ['read_only'] }),
    },
    '/api/slides/{id}/annotations': {
      get: {
        operationId: 'getAnnotations',
        summary: 'The regions that are drawn on a slide',
        description:
          'At the first time the tissue, as it is found on the slide. Files for other programs have coordinates of the slide; ImageScope has no place for shapes, locks, cores and ratings.',
        tags: ['slides'],
        requestParams: { path: SlidePath, query: ReadAnnotationsOptions },
        responses: {
          200: {
            description: 'The newest revision',
            content: {
              'application/json': { schema: Annotations },
              'application/geo+json': { schema: { type: 'object' } },
              'application/xml': { schema: { type: 'string' } },
            },
          },
          ...problems('invalid_option', 'slide_not_found', 'wrong_state', 'storage_unavailable'),
        },
      },
      post: {
        operationId: 'importAnnotations',
        summary: 'Add the regions of a file to those that are drawn on a slide',
        description:
          'GeoJSON of QuPath (a FeatureCollection, an array of features, a Feature, a GeometryCollection, a Polygon or MultiPolygon, with holes, with or without a byte order mark) or the XML of Aperio ImageScope; its content says which. They are cut to the slide and freed of lines that cross, as on the page.',
        tags: ['slides'],
        requestParams: { path: SlidePath, query: ImportAnnotationsOptions },
        requestBody: {
          required: true,
          content: Object.fromEntries(
            ANNOTATION_FILE_TYPES.map((type) => [
              type,
              { schema: type.includes('json') ? {} : { type: 'string' as const } },
            ]),
          ),
        },
        responses: {
          200: answer('Added', ImportedAnnotations),
          ...problems(
            ...BODY_CODES,
            'slide_not_found',
            'read_only',
            'wrong_state',
            'revision_conflict',
            'queue_full',
            'worker_crashed',
            'storage_unavailable',
            'storage_full',
          ),
        },
      },
      put: {
        operationId: 'saveAnnotations',
        summary: 'Replace the regions that are drawn on a slide',
        description:
          'Of all who change the same revision one is served. The others get 409 with `current_revision`: read it, and change that one.',
        tags: ['slides'],
        requestParams: { path: SlidePath },
        requestBody: body(SaveAnnotations),
        responses: {
          200: answer('Saved', SavedAnnotations),
          ...problems(
            ...BODY_CODES,
            'slide_not_found',
            'read_only',
            'wrong_state',
            'revision_conflict',
            'storage_unavailable',
            'storage_full',
          ),
        },
      },
    },
    '/api/slides/{id}/retention': {
      put: ofOne('keepSlide', 'Keep a slide for longer, or less', { body: KeepSlide, codes: ['read_only'] }),
    },
    ...slideScoringOperations(problems),
    ...slideExportOperations(problems),
  };
}
