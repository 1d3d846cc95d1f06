import { t } from '@/app/_text/t';
import { AppError } from '@/lib/errors';

/** Why a part of the result is missing, as a sentence. `isDeleted`: another try cannot help. */
export type Trouble = { sentence: string; isDeleted: boolean };

export const troubleOf = (error: unknown): Trouble => ({
  sentence:
    error instanceof AppError ? error.detail : error instanceof Error ? error.message : t('Something went wrong.'),
  isDeleted: error instanceof AppError && error.code === 'analysis_not_found',
});
