// Any other address under /api - 404 as a problem document, not as a page
import { AppError } from '@/lib/errors';
import { route } from '@/lib/server/http/route';

export const runtime = 'nodejs';

const refuse = route({ name: 'unknown address', limit: 'reads' }, () => {
  throw new AppError('not_found', 'There is nothing at this address; /api/openapi.json lists what there is.');
});

export { refuse as DELETE, refuse as GET, refuse as OPTIONS, refuse as PATCH, refuse as POST, refuse as PUT };
