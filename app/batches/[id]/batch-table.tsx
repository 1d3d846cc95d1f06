import Link from 'next/link';
import type { ReactNode } from 'react';
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
      <caption className="sr-only">Images of the batch</caption>
      <thead className="border-line border-b text-muted text-sm">
        <tr>
          <th scope="col" className={CELL}>
            <Tick
              label="Choose all images shown"
              isTicked={areAllChosen}
              onTick={(isTicked) => choose(ids, isTicked)}
            />
          </th>
          <th scope="col" className={CELL}>
            Image
          </th>
          <th scope="col" className={`${CELL} whitespace-nowrap text-right`}>
            % positive
          </th>
          <th scope="col" className={`${CELL} hidden text-right sm:table-cell`}>
            95 % interval
          </th>
          <th scope="col" className={`${CELL} text-right`}>
            Nuclei
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
    <tr className="border-line border-b" data-testid="batch-row" data-state={line.state}>
      <td className={CELL}>
        {row && row.state !== 'deleted' && (
          <Tick
            label={`Choose ${name}`}
            isTicked={isChosen}
            onTick={(isTicked) => onChoose([row.analysis], isTicked)}
          />
        )}
      </td>
      <td className={CELL}>
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
            {warnings.length > 0 && (
              <details className="text-sm">
                <summary className="cursor-pointer">
                  {warnings.length === 1 ? '1 warning' : `${warnings.length} warnings`}
                </summary>
                <ul className="list-disc pl-5">
                  {warnings.map(({ code, detail }) => (
                    <li key={code + detail} className="wrap-anywhere">
                      {detail}
                    </li>
                  ))}
                </ul>
              </details>
            )}
          </div>
        </div>
      </td>
      <td className={`${CELL} whitespace-nowrap text-right font-semibold`} data-testid="batch-percent-pos">
        {result?.membrane && <p>Membranes: {membraneLead(result.membrane, null).value}</p>}
        {result && `${result.membrane ? 'Nuclei: ' : ''}${result.scoring.percent_pos.toFixed(1)} %`}
      </td>
      <td className={`${CELL} hidden whitespace-nowrap text-right sm:table-cell`}>
        {result?.percent_pos_interval.map((bound) => bound.toFixed(1)).join(' to ')}
      </td>
      <td className={`${CELL} text-right`} data-testid="batch-num-total">
        {result?.scoring.num_total}
      </td>
    </tr>
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

const percentText = (fraction: number | null) => (fraction === null ? '' : ` ${Math.round(100 * fraction)} %`);

function stateText({ state, fraction, problem, row }: Line): ReactNode {
  switch (state) {
    case 'sending':
      return `Sending${percentText(fraction)}`;
    case 'checking':
      return 'The server checks it';
    case 'unsent':
    case 'uploading':
      return 'Not sent here. Another tab may be sending it; if not, drop the file on this page again.';
    case 'ready':
      return row?.source?.needs_choice
        ? 'Holds several images, or is too large to be analysed whole. Open it as a slide.'
        : 'Ready';
    case 'waiting':
    case 'queued':
      return 'Waits';
    case 'running':
      return `Running${percentText(fraction)}`;
    case 'done':
      return `Done, at ${Number(row?.result?.microns_per_pixel.toPrecision(4))} µm/px`;
    case 'failed':
      return problem ?? 'Failed. The server gave no reason.';
    case 'cancelled':
      return 'Cancelled';
    case 'deleted':
      return 'Deleted';
  }
}
