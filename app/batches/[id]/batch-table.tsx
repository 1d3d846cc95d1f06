import Link from 'next/link';
import type { ReactNode } from 'react';
import { t } from '@/app/_text/t';
import { membraneLead } from '@/lib/contracts/membrane-lead';
import { type Line, warningsOf } from './lines';

type BatchTableProps = {
  lines: readonly Line[];
  chosen: ReadonlySet<string>;
  onChoose: (chosen: ReadonlySet<string>) => void;
};

const CELL = 'px-2 py-2 align-middle';
const LINK = 'text-hematoxylin underline underline-offset-3';

/** One row an image. A row can be chosen once the server has its image. */
export function BatchTable({ lines, chosen, onChoose }: BatchTableProps) {
  const ids = lines.flatMap(({ row }) => (row && row.state !== 'deleted' ? [row.analysis] : []));
  const areAllChosen = ids.length > 0 && ids.every((id) => chosen.has(id));
  const choose = (changed: readonly string[], isChosen: boolean) => {
    const next = new Set(chosen);
    for (const id of changed) isChosen ? next.add(id) : next.delete(id);
    onChoose(next);
  };
  return (
    <table className="w-full text-left">
      <caption className="sr-only">{t('Images of the batch')}</caption>
      <thead className="border-line border-b text-muted text-sm">
        <tr>
          <th scope="col" className={CELL}>
            <Tick
              label={t('Choose all images shown')}
              isTicked={areAllChosen}
              onTick={(isTicked) => choose(ids, isTicked)}
            />
          </th>
          <th scope="col" className={CELL}>
            {t('Image')}
          </th>
          <th scope="col" className={`${CELL} whitespace-nowrap text-right`}>
            {t('% positive')}
          </th>
          <th scope="col" className={`${CELL} hidden text-right sm:table-cell`}>
            {t('95 % interval')}
          </th>
          <th scope="col" className={`${CELL} text-right`}>
            {t('Nuclei')}
          </th>
        </tr>
      </thead>
      <tbody>
        {lines.map((line) => (
          <Row key={line.key} line={line} isChosen={chosen.has(line.row?.analysis ?? '')} onChoose={choose} />
        ))}
      </tbody>
    </table>
  );
}

type RowProps = { line: Line; isChosen: boolean; onChoose: (ids: readonly string[], isChosen: boolean) => void };

function Row({ line, isChosen, onChoose }: RowProps) {
  const { row, name } = line;
  const warnings = warningsOf(line);
  const result = row?.result;
  return (
    <>
      <tr className={warnings.length > 0 ? '' : 'border-line border-b'} data-testid="batch-row" data-state={line.state}>
        <td className={CELL}>
          {row && row.state !== 'deleted' && (
            <Tick
              label={t('Choose {name}', { name })}
              isTicked={isChosen}
              onTick={(isTicked) => onChoose([row.analysis], isTicked)}
            />
          )}
        </td>
        {/* Where there is no number, the words have the room of the numbers too: on a phone it would be a narrow column. */}
        <td className={CELL} colSpan={result ? 1 : 4}>
          <div className="flex items-center gap-3">
            {row?.source ? (
              // biome-ignore lint/performance/noImgElement: a signed address of this server or of a bucket.
              <img
                src={row.source.thumbnail}
                alt=""
                width={48}
                height={48}
                loading="lazy"
                decoding="async"
                className="size-12 shrink-0 bg-stage object-cover"
              />
            ) : (
              <span className="size-12 shrink-0 bg-line" />
            )}
            <div className="min-w-0">
              <p className="wrap-anywhere">
                {row?.source && row.state !== 'deleted' ? (
                  <Link href={`/analyses/${row.analysis}`} className={LINK} prefetch={false}>
                    {name}
                  </Link>
                ) : (
                  name
                )}
              </p>
              <p className={`wrap-anywhere text-sm ${line.state === 'failed' ? 'text-fault' : 'text-muted'}`}>
                {stateText(line)}
              </p>
            </div>
          </div>
        </td>
        {result && (
          <>
            <td className={`${CELL} whitespace-nowrap text-right font-semibold`} data-testid="batch-percent-pos">
              {result.membrane && (
                <p className="whitespace-normal">
                  {t('Membranes: {value}', {
                    value: membraneLead(result.membrane, row?.started?.scoring?.marker ?? null).value,
                  })}
                </p>
              )}
              {result.membrane
                ? t('Nuclei: {percent} %', { percent: result.scoring.percent_pos.toFixed(1) })
                : `${result.scoring.percent_pos.toFixed(1)} %`}
            </td>
            <td className={`${CELL} hidden whitespace-nowrap text-right sm:table-cell`}>
              {boundsText(result.percent_pos_interval)}
            </td>
            <td className={`${CELL} text-right`} data-testid="batch-num-total">
              {result.scoring.num_total}
            </td>
          </>
        )}
      </tr>
      {warnings.length > 0 && (
        <tr className="border-line border-b">
          <td />
          <td colSpan={4} className="px-2 pb-2">
            <details className="text-sm">
              <summary className="cursor-pointer">
                {t('{count, plural, one {{count} warning} other {{count} warnings}}', { count: warnings.length })}
              </summary>
              <ul className="list-disc pl-5">
                {warnings.map(({ code, detail }) => (
                  <li key={code + detail} className="wrap-anywhere">
                    {detail}
                  </li>
                ))}
              </ul>
            </details>
          </td>
        </tr>
      )}
    </>
  );
}

function Tick({ label, isTicked, onTick }: { label: string; isTicked: boolean; onTick: (isTicked: boolean) => void }) {
  return (
    <input
      type="checkbox"
      aria-label={label}
      checked={isTicked}
      onChange={(event) => onTick(event.target.checked)}
      className="size-5"
    />
  );
}

const boundsText = ([low, high]: readonly [number, number]) =>
  t('{low} to {high}', { low: low.toFixed(1), high: high.toFixed(1) });

function stateText({ state, fraction, problem, row }: Line): ReactNode {
  const percent = fraction === null ? null : Math.round(100 * fraction);
  switch (state) {
    case 'sending':
      return percent === null ? t('Sending') : t('Sending {percent} %', { percent });
    case 'checking':
      return t('The server checks it');
    case 'unsent':
    case 'uploading':
      return t('Not sent here. Another tab may be sending it; if not, drop the file on this page again.');
    case 'ready':
      return row?.source?.needs_choice
        ? t('Holds several images, or is too large to be analysed whole. Open it as a slide.')
        : t('Ready');
    case 'waiting':
    case 'queued':
      return t('Waits');
    case 'running':
      return percent === null ? t('Running') : t('Running {percent} %', { percent });
    case 'done':
      return t('Done, at {size} µm/px', { size: Number(row?.result?.microns_per_pixel.toPrecision(4)) });
    case 'failed':
      return problem ?? t('Failed. The server gave no reason.');
    case 'cancelled':
      return t('Cancelled');
    case 'deleted':
      return t('Deleted');
  }
}
