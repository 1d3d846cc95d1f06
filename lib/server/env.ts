import 'server-only';
import { availableParallelism } from 'node:os';
import { z } from 'zod';
import { AppError } from '@/lib/errors';

const UNITS = { B: 1, KB: 1e3, MB: 1e6, GB: 1e9, KIB: 2 ** 10, MIB: 2 ** 20, GIB: 2 ** 30 } as const;

/** `200MB`, `1.5 GiB` or a bare number of bytes. */
const byteSize = z.string().transform((text, context) => {
  const match = /^(\d+(?:\.\d+)?)\s*([kmg]?i?b)?$/i.exec(text.trim());
  const unit = (match?.[2] ?? 'B').toUpperCase();
  const bytes = match && unit in UNITS ? Math.round(Number(match[1]) * UNITS[unit as keyof typeof UNITS]) : 0;
  if (bytes >= 1) return bytes;
  context.addIssue({ code: 'custom', message: `expected a size like 200MB, got "${text}"` });
  return z.NEVER;
});

const integer = (min: number, max: number) =>
  z
    .string()
    .regex(/^\d+$/, `expected a whole number from ${min} to ${max}`)
    .transform(Number)
    .pipe(z.int().min(min).max(max));

const flag = z.enum(['true', 'false', '1', '0']).transform((text) => text === 'true' || text === '1');

/** `restain.example.org,*.lab.example`: host names without a port; `*.` stands for one or more names before the rest. */
const hostNames = z.string().transform((text, context) => {
  const names = text
    .split(',')
    .map((name) => name.trim().toLowerCase())
    .filter(Boolean);
  const faulty = names.find((name) => !/^(\*|(\*\.)?[a-z0-9_-]+(\.[a-z0-9_-]+)*|\[[0-9a-f:.]+\])$/.test(name));
  if (faulty === undefined) return names;
  context.addIssue({
    code: 'custom',
    message: `expected host names with commas between, without ports, got "${faulty}"`,
  });
  return z.NEVER;
});

/** Where people reach this server: `https://restain.example.org`, or with a path below it. No slash at its end. */
const publicUrl = z.string().transform((text, context) => {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const isPlain = url && /^https?:$/.test(url.protocol) && !url.username && !url.password && !url.search && !url.hash;
  if (isPlain) return url.href.replace(/\/+$/, '');
  context.addIssue({ code: 'custom', message: `expected an address like https://restain.example.org, got "${text}"` });
  return z.NEVER;
});

/** Every variable the server reads, in the order of `.env.example`; values arrive as text. */
export const EnvVariables = z
  .object({
    LOG_LEVEL: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']).default('info'),
    RESTAIN_ROLE: z.enum(['all', 'web', 'worker']).default('all'),
    SHUTDOWN_SECONDS: integer(0, 3600).default(20),
    TRUST_PROXY: integer(0, 10).default(0),
    ALLOWED_HOSTS: hostNames.optional(),
    PUBLIC_URL: publicUrl.optional(),
    MAX_CONNECTIONS: integer(16, 1_000_000).default(4096),
    STALL_SECONDS: integer(1, 3600).default(20),
    LEAST_BYTES_PER_SECOND: byteSize.default(8 * UNITS.KB),

    METRICS_PORT: integer(1, 65_535).optional(),
    METRICS_HOST: z.string().default('127.0.0.1'),
    METRICS_TOKEN: z.string().min(16, 'expected at least 16 characters').optional(),

    MAX_UPLOAD_BYTES: byteSize.default(200 * UNITS.MB),
    MAX_SLIDE_BYTES: byteSize.default(20 * UNITS.GB),
    MAX_PIXELS: integer(1, 10_000_000_000).default(100_000_000),
    REQUESTS_PER_MINUTE: integer(1, 1_000_000).default(120),
    SYNC_LIMIT_SECONDS: integer(1, 3600).default(100),

    JOBS_PROVIDER: z.enum(['local', 'bullmq']).default('local'),
    REDIS_URL: z.url({ protocol: /^rediss?$/, error: 'expected a URL of redis or rediss' }).optional(),
    SILENT_SECONDS: integer(3, 600).default(20),
    QUEUE_LIMIT: integer(0, 10_000).default(32),
    QUEUE_MEMORY: byteSize.default(1 * UNITS.GB),
    CONCURRENT_IMAGES: integer(1, 64).default(2),
    CONCURRENT_PIXELS: integer(1, 10_000_000_000).default(20_000_000),
    RESULT_MINUTES: integer(1, 1440).default(60),
    RESULT_MEMORY: byteSize.default(1 * UNITS.GB),
    REMOTE_INFER: flag.default(false),
    REMOTE_REDIS_URL: z.url({ protocol: /^rediss?$/, error: 'expected a URL of redis or rediss' }).optional(),
    REMOTE_MEMORY: byteSize.default(1 * UNITS.GB),

    POOL_THREADS: integer(1, 256).default(availableParallelism()),
    INFERENCE_BATCH: integer(1, 64).default(1),
    INFERENCE_PROVIDER: z.enum(['cuda', 'webgpu', 'cpu']).optional(),
    SCORING_PROVIDER: z.enum(['cuda', 'webgpu', 'cpu']).optional(),
    MODELS_DIR: z.string().default('models'),
    DEFAULT_MODEL: z.string().optional(),

    FORMATS: z.enum(['auto', 'off']).default('auto'),
    BIOFORMATS_DIR: z.string().default('.restain/bioformats'),
    BIOFORMATS_JAR: z.string().optional(),
    BIOFORMATS_MEMORY: byteSize.default(1 * UNITS.GB),
    OPENSLIDE_DIR: z.string().default('.restain/openslide'),

    RETENTION_HOURS: integer(1, 8760).default(24),
    MAX_RETENTION_HOURS: integer(1, 87_600).default(720),
    STORAGE_PROVIDER: z.enum(['local', 's3']).default('local'),
    STORAGE_DIR: z.string().default('.restain/storage'),
    STORAGE_SECRET: z.string().min(32, 'expected at least 32 characters').optional(),
    S3_BUCKET: z.string().optional(),
    S3_REGION: z.string().default('us-east-1'),
    S3_ENDPOINT: z.url({ protocol: /^https?$/, error: 'expected a URL of http or https' }).optional(),
    S3_PATH_STYLE: flag.optional(),
    S3_PREFIX: z
      .string()
      .regex(/^([\w-]+\/)*$/, 'expected folders of letters, digits, _ and -, each ending at a slash, like restain/')
      .default(''),
  })
  .refine((v) => v.STORAGE_PROVIDER !== 's3' || v.S3_BUCKET !== undefined, {
    path: ['S3_BUCKET'],
    error: 'expected the name of a bucket, since STORAGE_PROVIDER is s3',
  })
  .refine((v) => v.JOBS_PROVIDER !== 'bullmq' || v.REDIS_URL !== undefined, {
    path: ['REDIS_URL'],
    error: 'expected the address of a Redis server like redis://127.0.0.1:6379, since JOBS_PROVIDER is bullmq',
  })
  .refine((v) => v.JOBS_PROVIDER === 'bullmq' || v.SCORING_PROVIDER === undefined, {
    path: ['SCORING_PROVIDER'],
    error: 'expected nothing, since JOBS_PROVIDER is local: slides are scored here, by this server’s own provider',
  })
  .refine((v) => v.JOBS_PROVIDER === 'bullmq' || !v.REMOTE_INFER, {
    path: ['REMOTE_INFER'],
    error: 'expected false, since JOBS_PROVIDER is local: there are no workers that could be reached',
  })
  .refine((v) => v.RESTAIN_ROLE === 'all' || v.JOBS_PROVIDER === 'bullmq', {
    path: ['RESTAIN_ROLE'],
    error: 'expected all, since JOBS_PROVIDER is local: web and worker reach each other through Redis alone',
  });

function nest(v: z.output<typeof EnvVariables>) {
  return {
    log: { level: v.LOG_LEVEL },
    process: {
      /** What this process does: pages and API, stored work out of the shared line, or both. */
      role: v.RESTAIN_ROLE,
      /** How long requests and running work may take to end after SIGTERM. */
      shutdownSeconds: v.SHUTDOWN_SECONDS,
    },
    http: {
      /** Number of proxies that append to `X-Forwarded-For`; 0 = none, and the header is ignored. */
      trustedProxies: v.TRUST_PROXY,
      /** undefined = every name, or loopback names alone where the server listens on loopback alone. */
      allowedHosts: v.ALLOWED_HOSTS,
      /** undefined = not known: what is downloaded here names no server. A Host header is never believed instead. */
      publicUrl: v.PUBLIC_URL,
      /** Connections that are open at once. One address gets half of them. */
      connections: v.MAX_CONNECTIONS,
      /** How long a sender may be slower than `leastBytesPerSecond` before its request is refused. */
      stallSeconds: v.STALL_SECONDS,
      leastBytesPerSecond: v.LEAST_BYTES_PER_SECOND,
    },
    metrics: {
      /** Where metrics and probes have a port of their own. */
      port: v.METRICS_PORT,
      host: v.METRICS_HOST,
      /** Who has it may read metrics, on the server's own port too; undefined = they are not there. */
      token: v.METRICS_TOKEN,
    },
    limits: {
      uploadBytes: v.MAX_UPLOAD_BYTES,
      /** Bytes of a file that is sent to the site in parts, and of an unpacked ZIP. Never in memory. */
      slideBytes: Math.max(v.MAX_SLIDE_BYTES, v.MAX_UPLOAD_BYTES),
      pixels: v.MAX_PIXELS,
      requestsPerMinute: v.REQUESTS_PER_MINUTE,
      syncSeconds: v.SYNC_LIMIT_SECONDS,
    },
    jobs: {
      provider: v.JOBS_PROVIDER,
      /** undefined with the provider `local`, which needs none. */
      redisUrl: v.REDIS_URL,
      /** A process that works on something stored and was not heard of for so long is taken for dead. */
      silentSeconds: v.SILENT_SECONDS,
      /** Jobs that may wait, without the running ones. */
      waiting: v.QUEUE_LIMIT,
      /** Bytes of posted files that waiting and running jobs may hold together. */
      heldBytes: v.QUEUE_MEMORY,
      concurrentImages: v.CONCURRENT_IMAGES,
      concurrentPixels: v.CONCURRENT_PIXELS,
      keepSeconds: v.RESULT_MINUTES * 60,
      keepBytes: v.RESULT_MEMORY,
      /** Whether images that are posted to the API are analysed by workers. */
      isRemote: v.REMOTE_INFER,
      /** The Redis that they and their answers pass through, and the bytes that may lie there at once. */
      passing: { redisUrl: v.REMOTE_REDIS_URL ?? v.REDIS_URL, bytes: v.REMOTE_MEMORY },
    },
    pool: {
      threads: v.POOL_THREADS,
      /** Tiles that a thread runs together. */
      batch: v.INFERENCE_BATCH,
      /** undefined = the first of cuda, webgpu, cpu that runs. */
      provider: v.INFERENCE_PROVIDER,
    },
    models: {
      dir: v.MODELS_DIR,
      /** undefined = the engine chooses among the installed ones. */
      default: v.DEFAULT_MODEL,
    },
    formats: {
      /** Whether the server installs the readers of microscope formats itself where they are missing. */
      isFetched: v.FORMATS === 'auto',
      /** Where `npm run formats:install` puts the Bio-Formats reader. */
      dir: v.BIOFORMATS_DIR,
      /** undefined = the jar in `dir`. */
      jar: v.BIOFORMATS_JAR,
      /** Heap of a reading process. */
      heapBytes: v.BIOFORMATS_MEMORY,
      /** Where `npm run formats:install` puts OpenSlide, the reader of MIRAX. */
      openslideDir: v.OPENSLIDE_DIR,
    },
    storage: {
      ...(v.STORAGE_PROVIDER === 's3'
        ? {
            provider: 's3' as const,
            bucket: v.S3_BUCKET as string,
            region: v.S3_REGION,
            endpoint: v.S3_ENDPOINT,
            // AWS needs the bucket in the host name, most other servers in the path.
            pathStyle: v.S3_PATH_STYLE ?? v.S3_ENDPOINT !== undefined,
            prefix: v.S3_PREFIX,
          }
        : { provider: 'local' as const, directory: v.STORAGE_DIR, secret: v.STORAGE_SECRET }),
    },
    analyses: {
      keepHours: v.RETENTION_HOURS,
    },
    slides: {
      /** The class of provider of the workers that score slides; undefined = that of the process that is asked. */
      provider: v.SCORING_PROVIDER,
      /** From the upload on; a slide's retention can be extended so far. */
      maxKeepHours: Math.max(v.MAX_RETENTION_HOURS, v.RETENTION_HOURS),
    },
  };
}

type DeepReadonly<T> = { readonly [K in keyof T]: T[K] extends object ? DeepReadonly<T[K]> : T[K] };
export type Env = DeepReadonly<ReturnType<typeof nest>>;

/**
 * Reads variables into the server's settings. An empty string counts as unset.
 *
 * @throws AppError `invalid_configuration` with all faulty variables
 */
export function parseEnv(variables: Record<string, string | undefined>): Env {
  const set = Object.fromEntries(Object.entries(variables).filter(([, value]) => value !== undefined && value !== ''));
  const parsed = EnvVariables.safeParse(set);
  if (!parsed.success) {
    const fields = parsed.error.issues.map((i) => ({ pointer: `/${i.path.join('/')}`, detail: i.message }));
    const list = fields.map((f) => `${f.pointer.slice(1)}: ${f.detail}`).join('; ');
    throw new AppError('invalid_configuration', `environment: ${list}`, { fields });
  }
  return freeze(nest(parsed.data));
}

function freeze<T extends object>(tree: T): DeepReadonly<T> {
  for (const value of Object.values(tree)) if (typeof value === 'object' && value !== null) Object.freeze(value);
  return Object.freeze(tree) as DeepReadonly<T>;
}

/** The commit of the source that this was built from: written into the build (next.config.mjs). */
export const COMMIT = process.env.RESTAIN_COMMIT || 'unknown';

let memo: Env | undefined;

/** The server's settings, read once. */
export function getEnv(): Env {
  memo ??= parseEnv(process.env);
  return memo;
}

/** Forgets the settings, so that a test can change the environment. */
export function resetEnvForTests(): void {
  memo = undefined;
}
