import type { ReactNode } from 'react';
import type { Warning, WarningCode } from '@/lib/warnings';
import { useResult } from '../../_result/result-context';
import { hasUnsavedChanges, type ResultModel } from '../../_result/result-store';

/** Warnings that put the number itself in doubt. They are shown beside it. */
const KEY: readonly WarningCode[] = [
  'nothing_found',
  'no_colour',
  'image_damaged',
  'coloured_background',
  'pixel_size_doubtful',
  'region_outside_image',
];
/** Warnings about the stored thresholds and regions, not about the image. They disappear with the first change. */
const OF_PARAMETERS: readonly WarningCode[] = ['nothing_found', 'region_outside_image', 'roi_partly_used'];

/** Said in large beside what it is about. */
const ELSEWHERE: readonly WarningCode[] = ['membrane_unproven'];

const NONE: readonly Warning[] = [];

function useWarnings(isWanted: (code: WarningCode) => boolean): readonly Warning[] {
  const warnings = useResult(({ analysis }: ResultModel) => analysis.result?.warnings ?? NONE);
  const isSaved = useResult((state) => !hasUnsavedChanges(state));
  return warnings.filter(({ code }) => isWanted(code) && (isSaved || !OF_PARAMETERS.includes(code)));
}

/** The warnings that put the number in doubt. */
export function KeyWarnings() {
  return useWarnings((code) => KEY.includes(code)).map(({ code, detail }) => (
    <Note key={code + detail} code={code} isKey>
      {detail}
    </Note>
  ));
}

/** All other warnings. */
export function OtherWarnings() {
  return useWarnings((code) => !KEY.includes(code) && !ELSEWHERE.includes(code)).map(({ code, detail }) => (
    <Note key={code + detail} code={code}>
      {detail}
    </Note>
  ));
}

type NoteProps = { code?: WarningCode; isKey?: boolean; children: ReactNode };

/** One warning, as a sentence. */
export function Note({ code, isKey = false, children }: NoteProps) {
  return (
    <p
      {...(code && { 'data-testid': 'warning', 'data-code': code })}
      className={`wrap-anywhere text-pretty border-l-3 pl-3 text-sm ${isKey ? 'border-fault font-medium' : 'border-dab'}`}
    >
      {children}
    </p>
  );
}
