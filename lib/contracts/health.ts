import { z } from 'zod';

/** Answer of `GET /api/health`. */
export const Health = z
  .object({
    status: z.literal('ok'),
    version: z.string().meta({ description: 'Version of this server', example: '1.2.3' }),
    commit: z.string().meta({ description: 'Commit of its source that it was built from, or `unknown`' }),
    provider: z.string().meta({ description: 'Execution provider of the inference', example: 'cpu' }),
    providers_passed_over: z
      .array(z.object({ provider: z.string(), reason: z.string() }))
      .meta({ description: 'Providers that were tried before, and why each was not taken' }),
    threads: z.int().min(1),
    models: z.array(
      z.object({
        name: z.string().meta({ example: 'restain-ihc' }),
        version: z.string(),
        sha256: z.string(),
        microns_per_pixel: z.number(),
        is_default: z.boolean(),
      }),
    ),
    reads_microscope_formats: z.boolean().meta({ description: 'Whether Bio-Formats is installed' }),
    queue: z.object({ waiting: z.int(), running: z.int(), limit: z.int() }),
    limits: z
      .object({
        upload_bytes: z.int().meta({ description: 'Of a request, and of a format that is read whole' }),
        slide_bytes: z.int().meta({ description: 'Of a file that is uploaded in parts' }),
        pixels: z.int(),
        requests_per_minute: z.int(),
        sync_seconds: z.int(),
      })
      .meta({ description: 'What a request may take' }),
  })
  .meta({ id: 'Health' });
export type Health = z.infer<typeof Health>;
