// In place of ONNX Runtime in workers of `npm run bench -- --scaling`: a run of a network takes a sleep, as long as on a machine of
// its own, and gives what the real network has given for the first tile of the same size.
import { appendFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { setTimeout as sleep } from 'node:timers/promises';

const runtime = createRequire(import.meta.url)('onnxruntime-node');
const { SCALING_SLEEP_MS, SCALING_RUNS } = process.env;

export const { Tensor, env } = runtime;

export const InferenceSession = {
  async create(...given) {
    const session = await runtime.InferenceSession.create(...given);
    const known = new Map();
    return {
      inputNames: session.inputNames,
      outputNames: session.outputNames,
      async run(feeds, outputs) {
        const size = JSON.stringify([Object.values(feeds).map(({ dims }) => dims), outputs]);
        if (!known.has(size)) known.set(size, await session.run(feeds, outputs));
        const began = performance.timeOrigin + performance.now();
        await sleep(Number(SCALING_SLEEP_MS));
        appendFileSync(SCALING_RUNS, `${began} ${performance.timeOrigin + performance.now()}\n`);
        return known.get(size);
      },
    };
  },
};
