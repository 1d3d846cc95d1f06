import { t } from '@/app/_text/t';
import type { NucleusKind } from '@/lib/scoring/classify/kinds';

/** What a kind is called within a sentence. */
export const KIND_WORDS: Record<NucleusKind, string> = {
  tumour: t('tumour'),
  lymphocyte: t('lymphocyte'),
  stroma: t('stroma'),
  other: t('other'),
};
