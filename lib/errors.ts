/** All failures that a caller can get, by code. */
export const ERRORS = {
  invalid_option: { status: 400, title: 'Invalid option' },
  missing_part: { status: 400, title: 'Missing part of the request' },
  malformed_request: { status: 400, title: 'Malformed request' },
  terms_not_accepted: { status: 403, title: 'Terms of use not accepted' },
  invalid_link: { status: 403, title: 'Link not valid' },
  read_only: { status: 403, title: 'Link for viewing only' },
  not_found: { status: 404, title: 'Not found' },
  method_not_allowed: { status: 405, title: 'Method not allowed' },
  model_not_found: { status: 404, title: 'Model not found' },
  analysis_not_found: { status: 404, title: 'Analysis not found' },
  batch_not_found: { status: 404, title: 'Batch not found' },
  slide_not_found: { status: 404, title: 'Slide not found' },
  scoring_not_found: { status: 404, title: 'Scoring not found' },
  task_not_found: { status: 404, title: 'Task not found' },
  wrong_state: { status: 409, title: 'Not possible in this state' },
  revision_conflict: { status: 409, title: 'Changed by somebody else' },
  upload_incomplete: { status: 409, title: 'Upload incomplete' },
  request_too_slow: { status: 408, title: 'Request too slow' },
  result_dropped: { status: 410, title: 'Result no longer kept' },
  upload_too_large: { status: 413, title: 'Upload too large' },
  image_too_large: { status: 413, title: 'Image too large' },
  unreadable_image: { status: 415, title: 'Not a readable image' },
  host_not_allowed: { status: 421, title: 'Host name not allowed' },
  size_mismatch: { status: 422, title: 'Sizes differ' },
  headers_too_large: { status: 431, title: 'Headers too large' },
  rate_limited: { status: 429, title: 'Too many requests' },
  cancelled: { status: 499, title: 'Cancelled' },
  unreachable: { status: 503, title: 'Server not reachable' },
  too_many_connections: { status: 503, title: 'Too many connections' },
  queue_full: { status: 503, title: 'Server busy' },
  not_ready: { status: 503, title: 'Server not ready' },
  queue_unavailable: { status: 503, title: 'Queue not reachable' },
  reader_unavailable: { status: 503, title: 'Reader of microscope formats not available' },
  storage_unavailable: { status: 503, title: 'Storage not reachable' },
  storage_full: { status: 507, title: 'Storage full' },
  stored_damaged: { status: 500, title: 'Stored data damaged' },
  interrupted: { status: 500, title: 'Interrupted' },
  worker_crashed: { status: 500, title: 'Worker stopped unexpectedly' },
  invalid_model: { status: 500, title: 'Invalid model' },
  provider_unavailable: { status: 500, title: 'Inference provider unavailable' },
  invalid_configuration: { status: 500, title: 'Invalid configuration' },
  shape_mismatch: { status: 500, title: 'Arrays of different shapes' },
  internal: { status: 500, title: 'Internal error' },
} as const;

export type ErrorCode = keyof typeof ERRORS;

/** One faulty field of a request: a JSON pointer (`/resolution`) and a sentence. */
export type FieldError = { pointer: string; detail: string };

/** Marks an AppError, whichever bundle made it. */
const BRAND = Symbol.for('restain.AppError');

/** An error with a code. `detail` is a sentence: what was wrong, what the limit is and what was found. */
export class AppError extends Error {
  readonly [BRAND] = true;

  /**
   * Next bundles each route with its own copy of this class. What routes share (queue, storage) throws the class of the
   * first bundle, so `instanceof` looks for the mark instead.
   */
  static override [Symbol.hasInstance](value: unknown): boolean {
    return typeof value === 'object' && value !== null && BRAND in value;
  }

  readonly code: ErrorCode;
  readonly detail: string;
  readonly fields: readonly FieldError[] | undefined;
  readonly retryAfterSeconds: number | undefined;
  readonly currentRevision: number | undefined;

  constructor(
    code: ErrorCode,
    detail: string,
    options: {
      fields?: readonly FieldError[];
      retryAfterSeconds?: number;
      /** For `revision_conflict`: the current revision. */
      currentRevision?: number;
      cause?: unknown;
    } = {},
  ) {
    super(detail, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'AppError';
    this.code = code;
    this.detail = detail;
    this.fields = options.fields;
    this.retryAfterSeconds = options.retryAfterSeconds;
    this.currentRevision = options.currentRevision;
  }
}

/** An error as plain data, for other threads and for answers. */
export type ErrorData = { code: ErrorCode; detail: string };
