import { joinFiles } from '@/lib/exchange/cell-membranes';
import { madeBy } from '@/lib/exchange/score-summary';
import { namesOfRegions, type SlideList } from '@/lib/exchange/slide-lists';

import { UNTAUGHT } from '@/lib/scoring/classify/teach-picture';
import { reportSlide, type SlideReport } from '@/lib/scoring/slide/report-slide';
import { SlideTable } from '@/lib/scoring/slide/score-slide';
import { featuresOfSlide, teachSlide } from '@/lib/scoring/slide/slide-kinds';
import type { ListWork, ReportWork } from './protocol';

/** Reads the files of a slide's cells and makes all numbers of it. */
export function reportCells({ cells, facts, areas, settings }: ReportWork): SlideReport {
  return reportSlide(joinFiles(cells), facts, areas, settings);
}

/** Reads them and makes the list of nuclei that files are written from. */
export function listFoundCells({ cells, facts, regions, settings, hasFeatures }: ListWork): SlideList {
  const found = joinFiles(cells);
  const table = new SlideTable(found, facts, settings.corrections);
  const teaching = settings.teaching ?? UNTAUGHT;
  table.tell(teachSlide(found, facts, teaching, table.examplesOf(teaching.clicks).kinds));
  const { nuclei, grid, kinds } = table;
  const { grades, taught } = table.grade(settings);
  const membranes = settings.membrane && kinds ? table.membranes(settings.membrane) : null;
  const features = hasFeatures && kinds ? featuresOfSlide(found, facts) : null;
  const told = { kinds, kindsMadeBy: madeBy(taught), features, membranes };
  return { slide: facts, nuclei, grades, regions: namesOfRegions(nuclei, grid, regions), ...told };
}
