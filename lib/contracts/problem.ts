import { z } from 'zod';
import { ERRORS, type ErrorCode } from '@/lib/errors';

const codes = Object.keys(ERRORS) as [ErrorCode, ...ErrorCode[]];

/** Answer of every failure, as `application/problem+json` (RFC 9457). */
export const Problem = z
  .object({
    type: z
      .string()
      .meta({ description: 'Where this kind of failure is described', example: '/api-docs#rate_limited' }),
    title: z.string().meta({ example: 'Too many requests' }),
    status: z.int().meta({ example: 429 }),
    detail: z.string().meta({
      description: 'What was wrong, what the limit is and what was sent',
      example: '120 analyses a minute are allowed from one address; try again in 12 s',
    }),
    instance: z.string().meta({ description: 'Id of the request, as in the `X-Request-Id` header and the server log' }),
    code: z.enum(codes).meta({ description: 'Stable name of the failure: use this in programs, never the text' }),
    errors: z
      .array(
        z.object({
          pointer: z.string().meta({ description: 'The faulty option or part', example: '/prob_thresh' }),
          detail: z.string().meta({ example: 'expected a whole number from 0 to 255, got "high"' }),
        }),
      )
      .optional()
      .meta({ description: 'One entry for each faulty option or part' }),
    current_revision: z
      .int()
      .min(0)
      .optional()
      .meta({ description: 'Of `revision_conflict`: the revision that is the newest now' }),
  })
  .meta({ id: 'Problem', description: 'A failure, as in RFC 9457' });
export type Problem = z.infer<typeof Problem>;
