import { useWorkbench } from '../_workbench/workbench-context';

/** What is still missing, or why it is. */
export function LoadNotice({ hasPicture, problem }: { hasPicture: boolean; problem: string | null }) {
  const loaded = useWorkbench((state) => Math.floor(state.loaded * 20) * 5);
  const isLive = useWorkbench((state) => state.live !== null);
  const failure = useWorkbench((state) => state.problem) ?? problem;
  const text =
    failure ?? (!hasPicture ? 'Unpacking the picture' : isLive ? null : `Preparing the live preview, ${loaded} %`);
  return (
    <p
      role="status"
      className={`pointer-events-none absolute bottom-3 left-1/2 -translate-x-1/2 rounded bg-stage/90 px-3 py-1.5 text-sm text-stage-ink ${text ? '' : 'invisible'}`}
    >
      {text}
    </p>
  );
}
