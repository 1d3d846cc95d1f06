/** Runs once, before the first request: what cannot work is said now, not at the first image. */
export async function register(): Promise<void> {
  // biome-ignore lint/style/noProcessEnv: Next replaces this very expression, which keeps Node's modules out of the edge build.
  if (process.env.NEXT_RUNTIME !== 'nodejs') return;
  const { startServer } = await import('@/lib/server/process/start');
  await startServer();
}
