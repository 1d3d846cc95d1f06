import { execFileSync } from 'node:child_process';
import { join } from 'node:path';

const read = (script: string, python: string, folder: string) =>
  JSON.parse(execFileSync(python, [join(import.meta.dirname, script), folder], { encoding: 'utf8' }));

/** What `read_slide.py` sees in a folder. */
export const readSlideFiles = (python: string, folder: string) => read('read_slide.py', python, folder);

/** What `read_modalities.py` sees in a folder. */
export const readModalities = (python: string, folder: string) => read('read_modalities.py', python, folder);
