import 'server-only';

/** As many objects of the storage as are read at once. */
const AT_ONCE = 16;

/** Maps items with at most 16 calls at once. Results are in the order of the items. Throws what the first failed call throws. */
export async function mapLimited<T, R>(items: readonly T[], map: (item: T, index: number) => Promise<R>): Promise<R[]> {
  const results = new Array<R>(items.length);
  const entries = items.entries();
  const lane = async () => {
    for (const [index, item] of entries) results[index] = await map(item, index);
  };
  await Promise.all(Array.from({ length: Math.min(AT_ONCE, items.length) }, lane));
  return results;
}
