import { useEffect, useRef, useState } from 'react';
import { FILE_ROW } from '@/app/_components/panel-section';
import { Button } from '@/app/_components/ui/button';
import { ProgressBar } from '@/app/_components/ui/progress-bar';
import { t } from '@/app/_text/t';
import { downloadFile } from '@/lib/client/download-file';
import { saveFile } from '@/lib/client/save-file';
import { sentenceOf } from '@/lib/client/sentence-of';
import { savedText, shareOf } from './saved-share';
import { SMALL_BUTTON } from './small-button';

type FileLinkProps = {
  url: string;
  /** Of the file as it is saved. */
  name: string;
  text: string;
  /** About as many bytes will come; null where nobody knows. */
  expected: number | null;
  /** Whether it looks like a button. */
  isButton?: boolean;
  /** Nothing can be begun now; what is being written goes on. */
  isDisabled?: boolean;
};

/** A file that the server writes while it is saved: how much has come, a way to stop it, and why it failed. */
export function FileLink({ url, name, text, expected, isButton = false, isDisabled = false }: FileLinkProps) {
  const [bytes, setBytes] = useState<number | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const work = useRef<AbortController | null>(null);
  useEffect(() => () => work.current?.abort(), []);

  async function save() {
    const abort = new AbortController();
    work.current = abort;
    setBytes(0);
    setProblem(null);
    try {
      saveFile(await downloadFile(url, { signal: abort.signal, onBytes: setBytes }), name);
    } catch (error) {
      if (!abort.signal.aborted) setProblem(sentenceOf(error));
    }
    setBytes(null);
  }
  if (bytes !== null)
    return (
      <div data-testid="saving-file" className="py-1">
        <ProgressBar label={t('Writing {name}', { name })} fraction={shareOf(bytes, expected)} />
        <div className="mt-1 flex min-h-9 items-center justify-between gap-3">
          <p className="text-muted text-sm">{savedText(bytes, expected)}</p>
          <Button look="secondary" className={SMALL_BUTTON} onClick={() => work.current?.abort()}>
            {t('Stop')}
          </Button>
        </div>
      </div>
    );
  return (
    <>
      {isButton ? (
        <Button look="secondary" className={SMALL_BUTTON} disabled={isDisabled} onClick={save}>
          {text}
        </Button>
      ) : (
        <button type="button" disabled={isDisabled} onClick={save} className={FILE_ROW}>
          {text}
        </button>
      )}
      {problem && (
        <p role="alert" className="text-pretty text-sm">
          {problem}
        </p>
      )}
    </>
  );
}
