// Reads a file of annotations. A thread reads one file and ends (`runAlone` in pool.ts): lines that cross thousands of times can
// take longer to untangle than anybody waits.
import { importAnnotations } from '@/lib/annotations/import-annotations';
import type { RegionsPayload, RegionsReply } from './protocol';

export default function readAnnotations({ text, ...options }: RegionsPayload): RegionsReply {
  return importAnnotations(text, options);
}
