import 'server-only';

/**
 * A kind of work with a line of its own, so that none waits behind another:
 *
 * - `images`: analyses of single images, within what the memory allows.
 * - `ingests`: slides that are taken in. Minutes each, and little memory.
 * - `scorings`: what sees to it that the cells of a slide are scored, and does no work itself.
 * - `cells-<pin>`: cells of slides, for the processes that run just this network as it is pinned.
 */
export type Lane = 'images' | 'ingests' | 'scorings' | `cells-${string}`;

/** The name of a lane's queue in Redis. That of the images is older than lanes are. */
export const queueName = (lane: Lane): string => (lane === 'images' ? 'jobs' : lane);
