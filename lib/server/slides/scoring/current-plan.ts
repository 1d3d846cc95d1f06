import 'server-only';
import type { SlideDescription } from '@/lib/contracts/slide';
import type { SlideSettings } from '@/lib/contracts/slide-settings';
import { AppError } from '@/lib/errors';
import { stateOf } from '@/lib/server/slides/describe-slide';
import { type Access, readSnapshot } from '@/lib/server/slides/stored-slide';
import { scoringModel } from './scoring-pin';
import { readSettings } from './settings';
import { nucleiKeyOf, planSlide, type SlidePlan } from './slide-plan';

/** How a slide is scored by its latest settings. */
export type CurrentPlan = {
  description: SlideDescription;
  settings: SlideSettings;
  plan: SlidePlan;
  probThresh: number;
  nucleiKey: string;
};

/**
 * @param settings - the latest by default
 * @throws AppError `wrong_state` where the slide is not ready, or nobody has stated its pixel size; `model_not_found`,
 *   `invalid_option`
 */
export async function currentPlan(access: Access, settings?: SlideSettings): Promise<CurrentPlan> {
  const snapshot = await readSnapshot(access);
  const description = snapshot.slide;
  if (!description)
    throw new AppError('wrong_state', `A slide is scored once it is ready; this one is ${stateOf(snapshot)}.`);
  const used = settings ?? (await readSettings(access.record.id));
  const micronsPerPixel = used.microns_per_pixel ?? description.microns_per_pixel;
  if (micronsPerPixel === null)
    throw new AppError(
      'wrong_state',
      'The file states no pixel size, and nuclei cannot be told from anything else without one. State `microns_per_pixel` first.',
    );
  const model = await scoringModel(used.model);
  const plan = planSlide(description, micronsPerPixel, model);
  const probThresh = used.prob_thresh ?? model.manifest.defaults.probThresh;
  return { description, settings: used, plan, probThresh, nucleiKey: nucleiKeyOf(plan, probThresh) };
}
