import 'server-only';
import { AppError } from '@/lib/errors';

/** What an examination found: that something works, that it may not do, or that it does not work. One sentence or two. */
export type Finding = { level: 'ok' | 'doubt' | 'fault'; says: string };

export const ok = (says: string): Finding => ({ level: 'ok', says });
export const doubt = (says: string): Finding => ({ level: 'doubt', says });
export const fault = (says: string): Finding => ({ level: 'fault', says });

/** Why something failed: in our words, and below them in those of the program that failed. */
export function reasonOf(error: unknown): string {
  const own = error instanceof AppError ? error.detail : error instanceof Error ? error.message : String(error);
  const cause = error instanceof Error && error.cause instanceof Error ? (error.cause as NodeJS.ErrnoException) : null;
  const words = cause && (cause.message || cause.code || cause.name);
  return words && !own.includes(words) ? `${own.replace(/\.$/, '')} (${words})` : own.replace(/\.$/, '');
}
