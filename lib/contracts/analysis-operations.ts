import { z } from 'zod';
import type { ZodOpenApiOperationObject, ZodOpenApiPathsObject, ZodOpenApiResponsesObject } from 'zod-openapi';
import type { ErrorCode } from '@/lib/errors';
import {
  Analysis,
  AnalysisPath,
  CreateAnalysis,
  Feedback,
  LikelyMagnification,
  SaveDraft,
  ShowImage,
  StartAnalysis,
  TERMS_HEADER,
  TERMS_VERSION,
  UpdateScoring,
} from './analysis';
import { DOCUMENT_TYPES, ExportOptions, ExportPath } from './exports';

const body = (schema: z.ZodType) => ({ required: true, content: { 'application/json': { schema } } });
const answer = (description: string) => ({ description, content: { 'application/json': { schema: Analysis } } });
const bytes = z.string().meta({ override: { type: 'string', format: 'binary' } });
/** By media type, without parameters. */
const EXPORT_CONTENT = Object.fromEntries(
  [...new Set([...Object.values(DOCUMENT_TYPES), 'image/png'])].map((type) => [type.split(';')[0], { schema: bytes }]),
);
const BODY_CODES = ['invalid_option', 'malformed_request', 'upload_too_large'] as const;

/** The operations of stored analyses, which the site uses, for the OpenAPI document. */
export function analysisOperations(
  problems: (...codes: ErrorCode[]) => ZodOpenApiResponsesObject,
): ZodOpenApiPathsObject {
  const ofOne = (
    operationId: string,
    summary: string,
    more: { success?: 200 | 202; body?: z.ZodType; codes?: ErrorCode[]; isRead?: boolean } = {},
  ): ZodOpenApiOperationObject => {
    const bodyCodes = more.body === undefined ? [] : BODY_CODES;
    const codes: ErrorCode[] = [...(more.codes ?? []), ...bodyCodes, 'analysis_not_found', 'storage_unavailable'];
    if (!more.isRead) codes.push('read_only');
    return {
      operationId,
      summary,
      tags: ['site'],
      requestParams: { path: AnalysisPath },
      ...(more.body && { requestBody: body(more.body) }),
      responses: { [more.success ?? 200]: answer('The analysis as it stands now'), ...problems(...codes) },
    };
  };
  return {
    '/api/analyses': {
      post: {
        operationId: 'createAnalysis',
        summary: 'Begin an analysis that is stored: of an image to come, or of a shipped sample',
        tags: ['site'],
        requestParams: {
          header: z.object({
            [TERMS_HEADER]: z
              .literal(TERMS_VERSION)
              .optional()
              .meta({ description: 'Says that the terms of use are accepted; the site says it by a cookie' }),
          }),
        },
        requestBody: body(CreateAnalysis),
        responses: {
          201: answer('Ready to be started, or with the parts of the upload and where each goes'),
          ...problems(
            ...BODY_CODES,
            'terms_not_accepted',
            'not_found',
            'queue_full',
            'storage_unavailable',
            'storage_full',
          ),
        },
      },
    },
    '/api/analyses/{id}': {
      get: ofOne('getAnalysis', 'Where an analysis stands, with links to all there is', { isRead: true }),
      delete: {
        operationId: 'deleteAnalysis',
        summary: 'Remove every trace of an analysis at once',
        tags: ['site'],
        requestParams: { path: AnalysisPath },
        responses: {
          204: { description: 'Nothing of it is left' },
          ...problems('analysis_not_found', 'read_only', 'storage_unavailable'),
        },
      },
    },
    '/api/analyses/{id}/thumbnail': {
      get: {
        operationId: 'getThumbnail',
        summary: 'A small picture of the image',
        tags: ['site'],
        requestParams: { path: AnalysisPath },
        responses: {
          200: { description: 'The picture', content: { 'image/webp': { schema: bytes } } },
          ...problems('analysis_not_found', 'wrong_state', 'storage_unavailable'),
        },
      },
    },
    '/api/analyses/{id}/upload': {
      get: ofOne('getUpload', 'The parts of the image that have not arrived, with fresh links', {
        codes: ['wrong_state'],
      }),
    },
    '/api/analyses/{id}/verify': {
      post: ofOne('verifyUpload', 'Check what was uploaded, and keep its pixels alone, once it is known which', {
        codes: [
          'upload_incomplete',
          'wrong_state',
          'unreadable_image',
          'image_too_large',
          'upload_too_large',
          'queue_full',
          'reader_unavailable',
          'storage_full',
        ],
      }),
    },
    '/api/analyses/{id}/shown': {
      put: ofOne('showImage', 'Show another image or focal plane of the file, before the start', {
        body: ShowImage,
        codes: ['wrong_state', 'unreadable_image', 'queue_full', 'reader_unavailable', 'storage_full'],
      }),
    },
    '/api/analyses/{id}/magnification': {
      get: {
        operationId: 'getLikelyMagnification',
        summary: 'The scan magnification that the nuclei look like',
        description:
          'A quick look at a part of the pixels, for an image whose file states no pixel size. It is a proposal: where ' +
          'small nuclei of one magnification look like large ones of another, there is none.',
        tags: ['site'],
        requestParams: { path: AnalysisPath },
        responses: {
          200: { description: 'It, or null', content: { 'application/json': { schema: LikelyMagnification } } },
          ...problems('analysis_not_found', 'wrong_state', 'queue_full', 'storage_unavailable', 'worker_crashed'),
        },
      },
    },
    '/api/analyses/{id}/start': {
      post: ofOne('startAnalysis', 'Queue the analysis, in place of an earlier one', {
        success: 202,
        body: StartAnalysis,
        codes: [
          'wrong_state',
          'model_not_found',
          'unreadable_image',
          'image_too_large',
          'queue_full',
          'reader_unavailable',
          'storage_full',
        ],
      }),
    },
    '/api/analyses/{id}/cancel': {
      post: ofOne('cancelAnalysis', 'Stop an analysis that waits or runs; an ended one stays as it is'),
    },
    '/api/analyses/{id}/retry': {
      post: ofOne('retryAnalysis', 'Start a failed or cancelled one again', {
        success: 202,
        codes: ['wrong_state', 'queue_full'],
      }),
    },
    '/api/analyses/{id}/scoring': {
      put: ofOne('updateScoring', 'Make the final pictures and numbers anew, with these parameters', {
        body: UpdateScoring,
        codes: ['wrong_state', 'revision_conflict', 'queue_full', 'storage_full', 'worker_crashed'],
      }),
    },
    '/api/analyses/{id}/exports/{name}': {
      get: {
        operationId: 'getExport',
        summary: 'A file of the result, as the result page saves it',
        description:
          'Made anew from the stored result. Changes that are not saved are not in it. HEAD answers the same headers and makes no file.',
        tags: ['site'],
        requestParams: { path: ExportPath, query: ExportOptions },
        responses: {
          200: { description: 'The file, with its name in Content-Disposition', content: EXPORT_CONTENT },
          ...problems(
            'invalid_option',
            'analysis_not_found',
            'not_found',
            'wrong_state',
            'queue_full',
            'storage_unavailable',
            'worker_crashed',
          ),
        },
      },
    },
    '/api/analyses/{id}/draft': {
      put: ofOne('saveDraft', 'Keep changes that are not written into the result yet', {
        body: SaveDraft,
        codes: ['wrong_state', 'storage_full'],
      }),
      delete: {
        operationId: 'deleteDraft',
        summary: 'Drop them',
        tags: ['site'],
        requestParams: { path: AnalysisPath },
        responses: {
          204: { description: 'None is left' },
          ...problems('analysis_not_found', 'read_only', 'storage_unavailable'),
        },
      },
    },
    '/api/analyses/{id}/feedback': {
      put: ofOne('saveFeedback', 'Rate a result', { body: Feedback }),
    },
  };
}
