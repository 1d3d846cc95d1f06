import 'server-only';
import { AppError } from '@/lib/errors';
import { isDiskFull } from './disk-full';

/** Turns whatever was thrown into a failure that a caller can meet: a full disk is called so wherever it is met. */
export function toAppError(error: unknown): AppError {
  if (error instanceof AppError) return error;
  if (!isDiskFull(error)) return new AppError('internal', 'The server failed.', { cause: error });
  return new AppError('storage_full', 'A disk of this server is full.', { cause: error });
}
