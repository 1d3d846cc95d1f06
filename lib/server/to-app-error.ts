import 'server-only';
import { AppError } from '@/lib/errors';
import { isDiskFull } from './disk-full';

/** Makes an AppError of whatever was thrown. A full disk becomes `storage_full` wherever it happens. */
export function toAppError(error: unknown): AppError {
  if (error instanceof AppError) return error;
  if (!isDiskFull(error)) return new AppError('internal', 'The server failed.', { cause: error });
  return new AppError('storage_full', 'A disk of this server is full.', { cause: error });
}
