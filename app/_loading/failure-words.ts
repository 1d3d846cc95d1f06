import { t } from '@/app/_text/t';
import type { FailureCode } from './failures';

const WORDS: Readonly<Record<FailureCode, string>> = {
  'no-workers': t(
    'This browser has no web workers, or they are switched off. The page needs them for pictures and numbers.',
  ),
  'worker-ended': t('A part of this page stopped working.'),
  'worker-not-loaded': t('A script of this page could not be loaded.'),
  'worker-not-read': t('A part of this page gave an answer that cannot be read.'),
  'picture-unanswered': t('A picture of this result could not be fetched: the server did not answer.'),
  'picture-expired': t('A picture of this result could not be fetched: its link has expired.'),
  'picture-gone': t('A picture of this result could not be fetched: it is not there.'),
  'picture-busy': t('A picture of this result could not be fetched: too many were asked for at once.'),
  'picture-too-large': t('This device has too little memory for a picture of this size.'),
};

/** The sentence for a failure that a worker tells by its code. Others are in words already. */
export function failureWords(problem: string): string {
  if (Object.hasOwn(WORDS, problem)) return WORDS[problem as FailureCode];
  const [, code, detail = ''] = /^(picture-\w+) (.*)$/s.exec(problem) ?? [];
  if (code === 'picture-refused')
    return t('A picture of this result could not be fetched: the server answered {status}.', { status: detail });
  if (code === 'picture-incomplete') return t('A picture of this result is incomplete: {why}', { why: detail });
  return problem;
}
