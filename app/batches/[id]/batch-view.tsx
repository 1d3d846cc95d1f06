'use client';

import Link from 'next/link';
import { useRouter } from 'next/navigation';
import { useEffect, useState } from 'react';
import { useDropzone } from 'react-dropzone';
import { useStore } from 'zustand';
import { uploadsOf } from '@/app/_batch/batch-uploads';
import { imageFiles } from '@/app/_batch/image-files';
import { unzipImages } from '@/app/_batch/unzip-images';
import { dateText } from '@/app/_components/date-text';
import { ProblemNotice } from '@/app/_components/problem-notice';
import { RailHeading } from '@/app/_components/rail-heading';
import { Button, buttonClass } from '@/app/_components/ui/button';
import { Modal } from '@/app/_components/ui/modal';
import { ProgressBar } from '@/app/_components/ui/progress-bar';
import { useTabTitle } from '@/app/_components/use-label';
import { listText, richText, t } from '@/app/_text/t';
import { cancelBatch, deleteBatch, rerunBatch } from '@/lib/client/batches';
import { browserMemory, forgetRecent } from '@/lib/client/recent';
import { sentenceOf } from '@/lib/client/sentence-of';
import type { Batch } from '@/lib/contracts/batch';
import { BatchSettings } from './batch-settings';
import { BatchTable } from './batch-table';
import { IndexChart } from './index-chart';
import {
  FILTERS,
  type Filter,
  filterLines,
  isSending,
  type Line,
  linesOf,
  SORTS,
  type Sort,
  sortLines,
  toRun,
} from './lines';
import { SaveBatch } from './save-batch';
import { INITIAL_SETTINGS, requestsFor, rowsToSize } from './settings';
import { useBatch } from './use-batch';

/** The page of one batch: its table, its chart, and what can be done with it. */
export function BatchView({ id }: { id: string }) {
  const files = useStore(uploadsOf(id).store);
  const isUploading = isSending(files);
  const { batch, isMissing, problem, receive } = useBatch(id, isUploading);
  useLeaveWarning(isUploading);
  if (isMissing) return <Missing id={id} />;
  if (batch === null)
    return problem === null ? (
      <p role="status" className="py-20 text-center text-muted">
        {t('Opening the batch.')}
      </p>
    ) : (
      <ProblemNotice problem={`${problem} ${t('This page repeats it automatically.')}`} />
    );
  return <KnownBatch batch={batch} lines={linesOf(batch.rows, files)} problem={problem} onAnswer={receive} />;
}

type KnownBatchProps = { batch: Batch; lines: Line[]; problem: string | null; onAnswer: (batch: Batch) => void };

function KnownBatch({ batch, lines, problem: lost, onAnswer }: KnownBatchProps) {
  const { id, rows } = batch;
  const [settings, setSettings] = useState(INITIAL_SETTINGS);
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const [sort, setSort] = useState<Sort>('number');
  const [filter, setFilter] = useState<Filter>('all');
  const [text, setText] = useState('');
  const [isWorking, setWorking] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);
  const unfinished = new Set(rows.filter(({ state }) => state === 'uploading').map(({ analysis }) => analysis));
  const dropzone = useDropzone({
    noClick: true,
    noKeyboard: true,
    useFsAccessApi: false,
    onDrop: async (dropped) => {
      const files = await Promise.all(imageFiles(dropped).map(async (file) => (await unzipImages(file)) ?? [file]));
      uploadsOf(id).add(files.flat(), unfinished);
    },
  });
  const shown = filterLines(sortLines(lines, sort), filter, text);
  const run = toRun(lines, chosen);
  const requests = requestsFor(run.rows, settings);
  const failed = rows.filter(({ state, source }) => state === 'failed' && source !== null);
  const retries = requestsFor(failed, settings);
  const stuck =
    requests === null || retries === null ? new Set(rowsToSize([...run.rows, ...failed], settings)).size : 0;
  const isBusy = batch.is_running || lines.some(({ state }) => state === 'sending' || state === 'checking');

  function ask(work: () => Promise<Batch | undefined>) {
    setWorking(true);
    setProblem(null);
    work()
      .then(
        (answer) => answer && onAnswer(answer),
        (error) => setProblem(sentenceOf(error)),
      )
      .finally(() => setWorking(false));
  }
  const start = (bodies: NonNullable<typeof requests>) =>
    ask(async () => {
      let answer: Batch | undefined;
      for (const body of bodies) answer = await rerunBatch(id, body);
      setChosen(new Set());
      return answer;
    });

  return (
    <div {...dropzone.getRootProps({ className: 'relative', tabIndex: -1 })}>
      <input {...dropzone.getInputProps({ 'aria-label': t('More image files') })} />
      <div className="grid gap-x-8 gap-y-8 pt-4 lg:grid-cols-[minmax(0,1fr)_23rem]">
        <div className="min-w-0 space-y-6">
          <Progress lines={lines} isBusy={isBusy} />
          {(problem ?? lost) && (
            <ProblemNotice problem={problem ?? `${lost} ${t('This page repeats it automatically.')}`} />
          )}
          <IndexChart lines={shown} />
          <div className="flex flex-wrap items-end gap-4">
            <Choose label={t('Sort by')} value={sort} values={SORTS} onChange={setSort} />
            <Choose label={t('Show')} value={filter} values={FILTERS} onChange={setFilter} />
            <label className="text-muted text-sm">
              {t('Name contains')}
              <input
                type="search"
                value={text}
                onChange={(event) => setText(event.target.value)}
                className="block h-10 rounded-lg border border-edge bg-surface px-3 text-base text-ink"
              />
            </label>
          </div>
          <BatchTable lines={shown} chosen={chosen} onChoose={setChosen} />
          {shown.length === 0 && <p className="text-muted">{t('No image of this batch is like that.')}</p>}
        </div>
        <div className="space-y-7 lg:order-none">
          <section className="space-y-4">
            <RailHeading>{t('Run')}</RailHeading>
            <BatchSettings rows={run.rows} settings={settings} onChange={setSettings} />
            <div className="flex flex-wrap gap-3">
              <Button
                className="grow disabled:cursor-default disabled:opacity-60"
                disabled={isWorking || run.rows.length === 0 || requests === null}
                aria-describedby={requests === null ? 'size-first' : undefined}
                onClick={() => requests && start(requests)}
              >
                {run.label}
              </Button>
              {failed.length > 0 && (
                <Button
                  look="secondary"
                  className="disabled:cursor-default disabled:opacity-60"
                  disabled={isWorking || retries === null}
                  aria-describedby={retries === null ? 'size-first' : undefined}
                  onClick={() => retries && start(retries)}
                >
                  {t('Retry failed')}
                </Button>
              )}
              {batch.is_running && (
                <Button look="secondary" disabled={isWorking} onClick={() => ask(() => cancelBatch(id))}>
                  {t('Cancel')}
                </Button>
              )}
            </div>
            {stuck > 0 && (
              <p id="size-first" className="text-pretty text-sm">
                {t(
                  '{count, plural, one {Choose the magnification of the scan first: {count} image cannot run without it.} other {Choose the magnification of the scan first: {count} images cannot run without it.}}',
                  { count: stuck },
                )}
              </p>
            )}
            <p className="text-muted text-sm">
              {t(
                'You can close this page once all images are sent. They are analysed one after the other, and this address shows how far they are.',
              )}
            </p>
          </section>
          <section className="space-y-3">
            <RailHeading>{t('More images')}</RailHeading>
            <Button look="secondary" onClick={dropzone.open}>
              {t('Add images')}
            </Button>
          </section>
          <SaveBatch batch={batch} lines={lines} />
          <DeleteBatch id={id} expiresAt={batch.expires_at} count={rows.length} />
        </div>
      </div>
      {dropzone.isDragActive && (
        <div className="pointer-events-none fixed inset-0 z-10 grid place-items-center bg-stage/85 text-stage-ink">
          <p className="rounded-xl border-2 border-stage-accent border-dashed px-10 py-8 text-xl">
            {t('Drop images to add them to the batch')}
          </p>
        </div>
      )}
    </div>
  );
}

function Progress({ lines, isBusy }: { lines: readonly Line[]; isBusy: boolean }) {
  const done = lines.filter(({ state }) => state === 'done').length;
  const failed = lines.filter(({ state }) => state === 'failed').length;
  const count = lines.length;
  const parts = [
    t('{count, plural, one {{done} of {count} image done} other {{done} of {count} images done}}', { count, done }),
    ...(failed > 0 ? [t('{failed} failed', { failed })] : []),
  ];
  // Seen where the tab is in the background.
  useTabTitle(parts);
  return (
    <div>
      <h1 className="font-semibold text-2xl tracking-tight">
        {t('{count, plural, one {Batch of {count} image} other {Batch of {count} images}}', { count })}
      </h1>
      <p role="status" data-testid="batch-progress" className="mt-1 text-muted">
        {`${listText(parts)}.`}
      </p>
      {isBusy && lines.length > 0 && (
        <div className="mt-3 max-w-xl">
          <ProgressBar label={t('Images that have ended')} fraction={(done + failed) / lines.length} />
        </div>
      )}
    </div>
  );
}

type ChooseProps<T extends string> = {
  label: string;
  value: T;
  values: Record<T, string>;
  onChange: (value: T) => void;
};

function Choose<T extends string>({ label, value, values, onChange }: ChooseProps<T>) {
  return (
    <label className="text-muted text-sm">
      {label}
      <select
        value={value}
        onChange={(event) => onChange(event.target.value as T)}
        className="block h-10 rounded-lg border border-edge bg-surface px-3 text-base text-ink"
      >
        {(Object.keys(values) as T[]).map((key) => (
          <option key={key} value={key}>
            {values[key]}
          </option>
        ))}
      </select>
    </label>
  );
}

function DeleteBatch({ id, expiresAt, count }: { id: string; expiresAt: string; count: number }) {
  const [isAsking, setAsking] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);
  const router = useRouter();
  function remove() {
    uploadsOf(id).stop();
    deleteBatch(id).then(
      () => router.push('/'),
      (error) => setProblem(sentenceOf(error)),
    );
  }
  return (
    <section className="space-y-3">
      <p className="text-muted text-sm">
        {richText('Deleted automatically on {when}. The names of the files are in this browser only.', {
          when: (
            <time key="when" dateTime={expiresAt}>
              {dateText(expiresAt)}
            </time>
          ),
        })}
      </p>
      <Button look="secondary" onClick={() => setAsking(true)}>
        {t('Delete all now')}
      </Button>
      <Modal
        title={t('Delete this batch?')}
        isOpen={isAsking}
        onClose={() => setAsking(false)}
        actions={
          <>
            <Button onClick={remove}>{t('Delete all')}</Button>
            <Button look="secondary" onClick={() => setAsking(false)}>
              {t('Keep')}
            </Button>
          </>
        }
      >
        <p>
          {t(
            '{count, plural, one {{count} image with all results will be deleted from the server at once. This cannot be undone.} other {{count} images with all results will be deleted from the server at once. This cannot be undone.}}',
            { count },
          )}
        </p>
        {problem && <ProblemNotice problem={problem} />}
      </Modal>
    </section>
  );
}

function Missing({ id }: { id: string }) {
  useEffect(() => {
    // First the sending, which would keep the names of its files.
    uploadsOf(id).stop();
    forgetRecent(browserMemory(), id);
  }, [id]);
  return (
    <div className="mx-auto w-full max-w-xl space-y-5 py-20">
      <h1 className="font-semibold text-2xl tracking-tight">{t('There is no batch at this address')}</h1>
      <p className="text-pretty text-muted">
        {t(
          'It was deleted, its time was over, or the address is wrong. Images and results are kept for a limited time and then deleted completely.',
        )}
      </p>
      <Link href="/" className={buttonClass('primary')}>
        {t('Analyse an image')}
      </Link>
    </div>
  );
}

/** The browser asks before it closes a tab that is sending. */
function useLeaveWarning(isOn: boolean): void {
  useEffect(() => {
    if (!isOn) return;
    const ask = (event: BeforeUnloadEvent) => event.preventDefault();
    window.addEventListener('beforeunload', ask);
    return () => window.removeEventListener('beforeunload', ask);
  }, [isOn]);
}
