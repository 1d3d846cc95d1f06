import { Annotations, type SaveAnnotations, SavedAnnotations } from '@/lib/contracts/annotation';
import { slidePaths } from '@/lib/contracts/slide';
import { ask } from './http';

type Signal = { signal?: AbortSignal | undefined };

/** The newest annotations of a slide. @throws AppError `slide_not_found`, `unreachable` */
export async function getAnnotations(id: string, { signal }: Signal = {}): Promise<Annotations> {
  return ask(Annotations, slidePaths.annotations(id), { signal });
}

/** @throws AppError `revision_conflict` where somebody else has saved meanwhile, `unreachable` */
export async function saveAnnotations(
  id: string,
  body: SaveAnnotations,
  { signal }: Signal = {},
): Promise<SavedAnnotations> {
  return ask(SavedAnnotations, slidePaths.annotations(id), { method: 'PUT', body, signal });
}
