import { failureWords } from '@/app/_loading/failure-words';
import { openWorker, type WorkerClient } from '@/app/_loading/worker-rpc';
import { readNuclei } from '@/lib/client/slide-scorings';
import type { NucleiPlan } from '@/lib/contracts/slide-scoring';
import { readThresholds } from '@/lib/contracts/thresholds';
import type { DrawnPicture, TableCalls, TablePlan, TablePlots, WantedPicture } from './table-protocol';

export type TableClient = ReturnType<typeof createTableClient>;

/** Calls the worker that holds the nuclei of a slide. One that ended is started again and given the nuclei anew. */
export function createTableClient({ id, width, height }: { id: string; width: number; height: number }) {
  let worker: WorkerClient<TableCalls> | null = null;
  /** Of what the worker was given last. */
  let given: { cursor: string; glass: string } | null = null;

  function running(): WorkerClient<TableCalls> {
    if (worker) return worker;
    given = null;
    const forget = () => {
      worker = null;
      given = null;
    };
    worker = openWorker<TableCalls>('table', forget, failureWords);
    void worker.call('open', { width, height });
    return worker;
  }

  return {
    /**
     * Reads what was found since the last time. null: nothing is new.
     *
     * @throws AppError (rejects) as `readNuclei`; Error when the worker does not start
     */
    async refresh(signal: AbortSignal): Promise<{ plan: TablePlan; plots: TablePlots } | null> {
      const table = running();
      const read = await readNuclei(id, given?.cursor ?? null, { signal });
      if (given?.cursor === read.cursor && given.glass === read.plan.glass) return null;
      const plan = readPlan(read.plan);
      const plots = await table.call('take', { key: read.key, plan, cells: read.cells });
      given = { cursor: read.cursor, glass: read.plan.glass };
      return { plan, plots };
    },
    /** Whether the worker has nuclei: one that was lost has none. */
    isFilled: () => given !== null,
    annotate: (areas: TableCalls['annotate']['argument']) => running().call('annotate', areas),
    count: (settings: TableCalls['count']['argument']) => running().call('count', settings),
    tell: () => running().call('tell', null),
    hotSpots: (size: TableCalls['hotSpots']['argument']) => running().call('hotSpots', size),
    neuroendocrine: () => running().call('neuroendocrine', null),
    proposeRatings: () => running().call('proposeRatings', null),
    draw: (wanted: WantedPicture): Promise<DrawnPicture | null> => running().call('draw', wanted),
    within: (ring: TableCalls['within']['argument']) => running().call('within', ring),
    probe: (place: { x: number; y: number }) => running().call('probe', place),
    close() {
      worker?.close(new Error('The page of the slide was closed.'));
      worker = null;
    },
  };
}

const readPlan = ({ grid, microns_per_pixel: micronsPerPixel, glass, defaults }: NucleiPlan): TablePlan => ({
  ...{ grid, micronsPerPixel, glass, defaults: readThresholds(defaults) },
});
