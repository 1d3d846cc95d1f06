import { CaseLabel } from '@/app/_components/case-label';
import { useResult } from '../_result/result-context';

/** What the user calls this result. */
export function ResultLabel() {
  const id = useResult((state) => state.analysis.id);
  return <CaseLabel kind="analysis" id={id} />;
}
