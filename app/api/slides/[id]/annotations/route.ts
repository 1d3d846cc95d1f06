// GET /api/slides/{id}/annotations - the regions that are drawn; POST - add those of a file; PUT - replace them
import { ImportAnnotationsOptions, ReadAnnotationsOptions, SaveAnnotations } from '@/lib/contracts/annotation';
import { readJsonBody } from '@/lib/server/http/json-body';
import { parseOptions } from '@/lib/server/http/parse-options';
import { json, refuseOthers, route } from '@/lib/server/http/route';
import { addAnnotations, writeAnnotations } from '@/lib/server/slides/annotations/annotation-files';
import { readAnnotations, saveAnnotations } from '@/lib/server/slides/annotations/stored-annotations';

export const runtime = 'nodejs';

type Params = { id: string };

export const GET = route<Params>(
  { name: 'GET /api/slides/{id}/annotations', limit: 'reads' },
  async ({ request, params }) => {
    const { format } = parseOptions(ReadAnnotationsOptions, [...new URL(request.url).searchParams]).options;
    return format === 'json' ? json(await readAnnotations(params.id)) : writeAnnotations(params.id, format);
  },
);

export const POST = route<Params>(
  { name: 'POST /api/slides/{id}/annotations', limit: 'reads' },
  async ({ request, params }) => {
    const options = parseOptions(ImportAnnotationsOptions, [...new URL(request.url).searchParams]).options;
    return json(await addAnnotations(params.id, request, options.class));
  },
);

export const PUT = route<Params>(
  { name: 'PUT /api/slides/{id}/annotations', limit: 'reads' },
  async ({ request, params }) => json(await saveAnnotations(params.id, await readJsonBody(request, SaveAnnotations))),
);

export const { PATCH, DELETE, OPTIONS } = refuseOthers('GET', 'POST', 'PUT');
