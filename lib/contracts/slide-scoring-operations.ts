import { z } from 'zod';
import type { ZodOpenApiPathsObject, ZodOpenApiResponsesObject } from 'zod-openapi';
import type { ErrorCode } from '@/lib/errors';
import { SlidePath } from './slide';
import { SlideScores } from './slide-scores';
import { NUCLEI_HEADERS, NucleiQuery, ScoringId, SlideScoring, SlideScorings, StartScoring } from './slide-scoring';
import { SaveSlideSettings, SlideSettings } from './slide-settings';

const body = (schema: z.ZodType) => ({ required: true, content: { 'application/json': { schema } } });
const answer = (description: string, schema: z.ZodType) => ({
  description,
  content: { 'application/json': { schema } },
});
const BODY_CODES = ['invalid_option', 'malformed_request', 'upload_too_large'] as const;
const SLIDE_CODES = ['slide_not_found', 'storage_unavailable'] as const;

/** The operations that score a kept slide, for the OpenAPI document. */
export function slideScoringOperations(
  problems: (...codes: ErrorCode[]) => ZodOpenApiResponsesObject,
): ZodOpenApiPathsObject {
  const requestParams = { path: SlidePath };
  const ofScoring = { path: z.object({ ...SlidePath.shape, scoring: ScoringId }) };
  return {
    '/api/slides/{id}/scorings': {
      get: {
        operationId: 'getSlideScorings',
        summary: 'All scorings of a slide',
        tags: ['slides'],
        requestParams,
        responses: { 200: answer('The latest first', SlideScorings), ...problems(...SLIDE_CODES) },
      },
      post: {
        operationId: 'startScoring',
        summary: 'Find the nuclei of a part of a slide',
        description:
          'Only cells of the slide that were not scored before with the same model, pixel size and threshold are worked on.',
        tags: ['slides'],
        requestParams,
        requestBody: body(StartScoring),
        responses: {
          202: answer('It is queued: poll the scoring at `Location`', SlideScoring),
          ...problems(
            ...BODY_CODES,
            ...SLIDE_CODES,
            'wrong_state',
            'model_not_found',
            'read_only',
            'queue_full',
            'storage_full',
          ),
        },
      },
    },
    '/api/slides/{id}/scorings/{scoring}': {
      get: {
        operationId: 'getSlideScoring',
        summary: 'How a scoring stands',
        tags: ['slides'],
        requestParams: ofScoring,
        responses: { 200: answer('As it stands now', SlideScoring), ...problems(...SLIDE_CODES, 'scoring_not_found') },
      },
    },
    '/api/slides/{id}/scorings/{scoring}/cancel': {
      post: {
        operationId: 'cancelSlideScoring',
        summary: 'Stop a scoring; what it has found stays',
        tags: ['slides'],
        requestParams: ofScoring,
        responses: {
          200: answer('It has ended', SlideScoring),
          ...problems(...SLIDE_CODES, 'scoring_not_found', 'read_only'),
        },
      },
    },
    '/api/slides/{id}/nuclei': {
      get: {
        operationId: 'getSlideNuclei',
        summary: 'The nuclei that were found by the latest settings, cell by cell',
        description:
          'Of each cell its length in bytes as a little-endian uint32, then a file of that length. Its form: `RNUC`, see docs/api.md; with a marker of membranes `RMEM` files follow.',
        tags: ['slides'],
        requestParams: { ...requestParams, query: NucleiQuery },
        responses: {
          200: {
            description: 'Cells in the order in which they were finished',
            headers: z.object({
              [NUCLEI_HEADERS.cursor]: z.string().meta({ description: 'To be sent as `after` the next time' }),
              [NUCLEI_HEADERS.key]: z.string().meta({ description: 'Changes with the settings that nuclei depend on' }),
              [NUCLEI_HEADERS.plan]: z
                .string()
                .meta({ description: 'A `NucleiPlan` as JSON: grid, pixel size, glass, thresholds of the model' }),
            }),
            content: {
              'application/octet-stream': {
                schema: z.string().meta({ override: { type: 'string', format: 'binary' } }),
              },
            },
          },
          ...problems(...SLIDE_CODES, 'invalid_option', 'wrong_state'),
        },
      },
    },
    '/api/slides/{id}/scores': {
      get: {
        operationId: 'getSlideScores',
        summary: 'All numbers of a slide, from the nuclei that were found so far',
        tags: ['slides'],
        requestParams,
        responses: {
          200: answer('By the latest settings and annotations', SlideScores),
          ...problems(...SLIDE_CODES, 'wrong_state', 'model_not_found', 'queue_full', 'worker_crashed'),
        },
      },
    },
    '/api/slides/{id}/settings': {
      get: {
        operationId: 'getSlideSettings',
        summary: 'How the nuclei of a slide are found and counted',
        tags: ['slides'],
        requestParams,
        responses: { 200: answer('The latest revision', SlideSettings), ...problems(...SLIDE_CODES) },
      },
      put: {
        operationId: 'saveSlideSettings',
        summary: 'Change how the nuclei of a slide are found and counted',
        tags: ['slides'],
        requestParams,
        requestBody: body(SaveSlideSettings),
        responses: {
          200: answer('The new revision', SlideSettings),
          ...problems(...BODY_CODES, ...SLIDE_CODES, 'model_not_found', 'read_only', 'revision_conflict'),
        },
      },
    },
  };
}
