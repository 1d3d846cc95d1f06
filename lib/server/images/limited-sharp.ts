import 'server-only';
import { createRequire } from 'node:module';
import type Sharp from 'sharp';

// The CommonJS build of sharp: its ECMAScript one has import attributes, which Node knows from 20.10 on.
const sharp: typeof Sharp = createRequire(import.meta.url)('sharp');

// Nothing of a posted image may outlive its request.
sharp.cache(false);
// A second limit behind `sniffFormat`: loaders that are not needed cannot run at all.
sharp.block({ operation: ['VipsForeignLoad'] });
sharp.unblock({
  operation: ['Png', 'Jpeg', 'Webp', 'Heif', 'Nsgif', 'Tiff'].map((name) => `VipsForeignLoad${name}`),
});

/** sharp without a cache, and with the loaders of the common formats alone. The server uses no other. */
export default sharp;
