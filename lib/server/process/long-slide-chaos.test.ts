import { chaosOfSlide } from './__fixtures__/chaos-of-slide';
import { drawCells, modelAt } from './__fixtures__/slide-workers';

// `npm run chaos`: CHAOS_ROUNDS says how often the slide is scored. Its figures are in docs/reliability.md.
chaosOfSlide({
  what: '200 cells by the network of the tests',
  rounds: Number(process.env.CHAOS_ROUNDS || 3),
  draw: () => drawCells(20, 10, 2),
  micronsPerPixel: 2,
  cells: 200,
  models: () => modelAt(2),
});
