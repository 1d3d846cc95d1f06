import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { access, mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { PutBucketCorsCommand, S3Client } from '@aws-sdk/client-s3';
import { freePort } from '../free-port';

const run = promisify(execFile);

const MODULE = 'github.com/versity/versitygw/cmd/versitygw';
const VERSION = 'v1.8.0';
const BUCKET = 'restain-test';
const START_MS = 15_000;

/**
 * Installs an S3 server for tests: VersityGW over a folder, on loopback. Go builds it once, into the cache of the user.
 *
 * @returns the program, or the reason why there is none
 */
export async function installVersityGw(): Promise<{ program: string } | { missing: string }> {
  const cache = process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache');
  const folder = join(cache, 'restain', `versitygw-${VERSION.slice(1)}`);
  const program = join(folder, 'versitygw');
  if (await exists(program)) return { program };
  try {
    await run('go', ['version']);
  } catch {
    return { missing: `no Go here to build VersityGW with: install Go, or put versitygw ${VERSION} into ${folder}` };
  }
  // Several test files may build at the same time: each into its own folder, and the last one is kept.
  const draft = `${folder}-${randomBytes(4).toString('hex')}`;
  try {
    await mkdir(draft, { recursive: true });
    await run('go', ['install', `${MODULE}@${VERSION}`], { env: { ...process.env, GOBIN: draft } });
    await mkdir(folder, { recursive: true });
    await rename(join(draft, 'versitygw'), program);
    return { program };
  } catch (error) {
    return { missing: `VersityGW does not build: ${(error as Error).message.split('\n').slice(0, 3).join(' ')}` };
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
}

/** A running server with one empty bucket. */
export class VersityGw {
  readonly bucket = BUCKET;
  readonly region = 'us-east-1';
  readonly accessKeyId = 'restain-test';
  readonly secretAccessKey = randomBytes(16).toString('hex');
  readonly #program: string;
  readonly #folder: string;
  readonly #port: number;
  #process: ChildProcess | undefined;

  private constructor(program: string, folder: string, port: number) {
    this.#program = program;
    this.#folder = folder;
    this.#port = port;
  }

  static async start(program: string): Promise<VersityGw> {
    const folder = await mkdtemp(join(tmpdir(), 'restain-s3-'));
    await mkdir(join(folder, 'objects', BUCKET), { recursive: true });
    await mkdir(join(folder, 'metadata'));
    const server = new VersityGw(program, folder, await freePort());
    await server.up();
    return server;
  }

  get endpoint(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  /** Starts the server, or starts it again with the same address and objects. */
  async up(): Promise<void> {
    // Metadata has its own folder, since some file systems keep no extended attributes.
    const backend = ['posix', '--sidecar', join(this.#folder, 'metadata'), join(this.#folder, 'objects')];
    const child = spawn(
      this.#program,
      ['--port', `127.0.0.1:${this.#port}`, '--region', this.region, '--quiet', ...backend],
      {
        stdio: 'ignore',
        env: {
          PATH: process.env.PATH,
          ROOT_ACCESS_KEY: this.accessKeyId,
          ROOT_SECRET_KEY: this.secretAccessKey,
        } as unknown as NodeJS.ProcessEnv,
      },
    );
    this.#process = child;
    const until = Date.now() + START_MS;
    while (child.exitCode === null && Date.now() < until) {
      if (await answers(this.endpoint)) return;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    throw new Error(`VersityGW did not start (exit code ${child.exitCode})`);
  }

  /** The CORS rule of lib/server/storage/README.md, for one site. */
  async allowOrigin(origin: string): Promise<void> {
    const { region, endpoint, accessKeyId, secretAccessKey } = this;
    const client = new S3Client({
      region,
      endpoint,
      forcePathStyle: true,
      credentials: { accessKeyId, secretAccessKey },
    });
    const rule = { AllowedOrigins: [origin], AllowedMethods: ['GET', 'PUT'], AllowedHeaders: ['content-type'] };
    const command = new PutBucketCorsCommand({ Bucket: BUCKET, CORSConfiguration: { CORSRules: [rule] } });
    await client.send(command);
  }

  /** The environment of a server that keeps its objects here. */
  get environment(): Record<string, string> {
    return {
      STORAGE_PROVIDER: 's3',
      S3_BUCKET: this.bucket,
      S3_REGION: this.region,
      S3_ENDPOINT: this.endpoint,
      AWS_ACCESS_KEY_ID: this.accessKeyId,
      AWS_SECRET_ACCESS_KEY: this.secretAccessKey,
    };
  }

  /** Kills the server without a clean end. */
  async down(): Promise<void> {
    const child = this.#process;
    this.#process = undefined;
    if (!child || child.exitCode !== null) return;
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGKILL');
    await ended;
  }

  async stop(): Promise<void> {
    await this.down();
    await rm(this.#folder, { recursive: true, force: true });
  }
}

const exists = (path: string) =>
  access(path).then(
    () => true,
    () => false,
  );

const answers = (url: string) =>
  fetch(url).then(
    () => true,
    () => false,
  );
