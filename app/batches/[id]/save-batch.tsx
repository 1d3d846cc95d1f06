import { useState } from 'react';
import { RailHeading } from '@/app/_components/rail-heading';
import { Button } from '@/app/_components/ui/button';
import { t } from '@/app/_text/t';
import { checkFile } from '@/lib/client/batches';
import { drawLetter } from '@/lib/client/draw-letter';
import { saveFile } from '@/lib/client/save-file';
import { sentenceOf } from '@/lib/client/sentence-of';
import { type Batch, batchPaths } from '@/lib/contracts/batch';
import { writeBatchTable } from '@/lib/exports/batch-table';
import { type Line, rowsOf } from './lines';

/** The whole batch as a table, a report or an archive. */
export function SaveBatch({ batch, lines }: { batch: Batch; lines: readonly Line[] }) {
  const [problem, setProblem] = useState<string | null>(null);
  const rows = rowsOf(lines);
  const hasResults = rows.some(({ result }) => result);
  const stem = `restain-batch-${batch.created_at.slice(0, 10)}`;

  async function savePdf() {
    setProblem(null);
    try {
      const { writeBatchPdf } = await import('@/lib/exports/batch-pdf');
      const pdf = await writeBatchPdf({ rows, createdAt: batch.created_at, drawLetter });
      saveFile(new Blob([pdf as Uint8Array<ArrayBuffer>], { type: 'application/pdf' }), `${stem}.pdf`);
    } catch (error) {
      setProblem(sentenceOf(error));
    }
  }

  /** The browser saves a file of the server as it comes. What the server refuses is told here. */
  async function saveFromServer(file: string) {
    setProblem(null);
    try {
      await checkFile(file);
      window.location.assign(file);
    } catch (error) {
      setProblem(sentenceOf(error));
    }
  }

  return (
    <section className="space-y-3">
      <RailHeading>{t('Save')}</RailHeading>
      <div className="flex flex-wrap gap-3">
        <Button
          look="secondary"
          disabled={rows.length === 0}
          onClick={() => saveFile(new Blob([writeBatchTable(rows, 'comma')], { type: 'text/csv' }), `${stem}.csv`)}
        >
          {t('Table (CSV)')}
        </Button>
        <Button look="secondary" disabled={!hasResults} onClick={savePdf}>
          {t('Report (PDF)')}
        </Button>
        <Button look="secondary" disabled={!hasResults} onClick={() => saveFromServer(batchPaths.reports(batch.id))}>
          {t('Reports of all (PDF)')}
        </Button>
        <Button look="secondary" disabled={!hasResults} onClick={() => saveFromServer(batchPaths.archive(batch.id))}>
          {t('All files (ZIP)')}
        </Button>
      </div>
      {problem && <p role="alert">{problem}</p>}
      <p className="text-muted text-sm">
        {t(
          'Table and report have the names of the files. The server does not know them: in the ZIP file, folders have the numbers of the table, and so have the pages of the reports of all.',
        )}
      </p>
    </section>
  );
}
