import Link from 'next/link';
import { Button, buttonClass } from '@/app/_components/ui/button';
import type { Trouble } from '@/app/_loading/trouble';
import { t } from '@/app/_text/t';
import { useResult, useResultActions } from '../_result/result-context';

const DELETED: Trouble = {
  sentence: t('This analysis was deleted, or it has expired. The server no longer has its pictures.'),
  isDeleted: true,
};

/** Says what is still loading or why it is missing, and offers what can be done. */
export function LoadNotice({ hasPicture }: { hasPicture: boolean }) {
  const loaded = useResult((state) => Math.floor(state.loaded * 20) * 5);
  const isLive = useResult((state) => state.live !== null);
  const problem = useResult((state) => state.problem);
  const trouble = useResult(({ troubles }) => {
    const all = Object.values(troubles);
    return all.some(({ isDeleted }) => isDeleted) ? DELETED : (all[0] ?? null);
  });
  const failure = trouble?.sentence ?? problem;
  const isDeleted = trouble?.isDeleted ?? false;
  const text =
    failure ??
    (!hasPicture
      ? t('Unpacking the picture')
      : isLive
        ? null
        : t('Preparing the live preview, {percent} %', { percent: loaded }));
  const place = hasPicture ? 'bottom-3' : failure ? 'top-1/2 -translate-y-1/2' : 'bottom-3';
  return (
    <div
      className={`pointer-events-none absolute left-1/2 w-max max-w-[min(28rem,calc(100%-2rem))] -translate-x-1/2 rounded bg-stage/90 px-3 py-1.5 text-center text-sm text-stage-ink ${place} ${text ? '' : 'invisible'}`}
    >
      <p role="status" data-testid="stage-notice" className="text-pretty">
        {text}
      </p>
      {failure && <WayOut isDeleted={isDeleted} />}
    </div>
  );
}

function WayOut({ isDeleted }: { isDeleted: boolean }) {
  const { retry } = useResultActions();
  return (
    <div className="pointer-events-auto mt-2 mb-1.5">
      {isDeleted ? (
        <Link href="/" className={buttonClass('stage')}>
          {t('Analyse another image')}
        </Link>
      ) : (
        <Button look="stage" onClick={retry}>
          {t('Try again')}
        </Button>
      )}
    </div>
  );
}
