import { expect } from 'vitest';

/** Pictures are compared as bytes: element by element a megapixel takes seconds. Where they differ, the usual way says how. */
expect.addEqualityTesters([
  (a: unknown, b: unknown) => {
    if (!ArrayBuffer.isView(a) || !ArrayBuffer.isView(b) || a.constructor !== b.constructor) return undefined;
    const [left, right] = [a, b].map((view) => Buffer.from(view.buffer, view.byteOffset, view.byteLength)) as [
      Buffer,
      Buffer,
    ];
    return left.equals(right) || undefined;
  },
]);
