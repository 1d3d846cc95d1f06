import { SAMPLES } from '@/lib/samples';
import example from './example.json';

/** The sample that the home page shows, and whose result is explained step by step. */
export const EXAMPLE_SAMPLE = SAMPLES.find(({ name }) => name === example.sample);
