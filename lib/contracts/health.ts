import { z } from 'zod';

/** Answer of `GET /api/health/live`. */
export const Liveness = z.object({ status: z.literal('ok') }).meta({ id: 'Liveness' });
export type Liveness = z.infer<typeof Liveness>;

/** Answer of `GET /api/health/ready`. */
export const Readiness = z.object({ status: z.literal('ready') }).meta({ id: 'Readiness' });
export type Readiness = z.infer<typeof Readiness>;

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
        microns_per_pixel: z.number().meta({ description: 'At which its network sees pictures' }),
        coarse: z
          .object({
            microns_per_pixel: z.number().meta({ description: 'At which it sees them' }),
            sha256: z.string(),
            pictures: z
              .object({ from: z.number(), to: z.number() })
              .meta({ description: 'The least and the most µm per pixel of pictures that are shown to it' }),
          })
          .nullable()
          .meta({ description: 'Its second network, for coarser pictures; null where it has none' }),
        is_default: z.boolean(),
      }),
    ),
    reads_microscope_formats: z.boolean().meta({ description: 'Whether Bio-Formats is installed' }),
    queue: z.object({ waiting: z.int(), running: z.int(), limit: z.int() }),
    jobs: z
      .object({
        provider: z.enum(['local', 'bullmq']),
        is_reachable: z
          .boolean()
          .meta({ description: 'Where not, nothing can be started; what is stored can be read' }),
      })
      .meta({ description: 'Who works on stored analyses: this server, or whichever shares its queue' }),
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
