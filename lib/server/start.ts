import 'server-only';
import { startSweeper } from './analyses/stored/sweep';
import { watchConnections } from './http/connections';
import { getLog } from './http/log';
import { startEngine } from './inference/engine';
import { findBioformats, INSTALL_BIOFORMATS } from './slides/bioformats-process';
import { interruptRunsBeforeEnd } from './stop';

const WITHOUT_BIOFORMATS = `Microscope formats (SVS, NDPI, CZI, VSI, DICOM and more) will be refused: Bio-Formats is not installed. ${INSTALL_BIOFORMATS}.`;

/** Reads the settings and opens the models. A server that could analyse nothing ends, with the reason in its log. */
export async function startServer(): Promise<void> {
  try {
    watchConnections();
    const started = performance.now();
    const { provider, passedOver, pool, models } = await startEngine();
    const ms = Math.round(performance.now() - started);
    getLog().info({ provider, passedOver, threads: pool.threads, models: [...models.keys()], ms }, 'engine started');
    if (findBioformats() === null) getLog().warn(WITHOUT_BIOFORMATS);
    startSweeper();
    interruptRunsBeforeEnd();
  } catch (error) {
    // Not by the logger: its settings may be what is wrong.
    console.error(`Restain cannot start: ${error instanceof Error ? error.message : String(error)}`);
    process.exit(1);
  }
}
