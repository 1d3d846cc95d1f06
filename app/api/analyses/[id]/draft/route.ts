// PUT /api/analyses/{id}/draft - keep changes that are not saved in the result yet; DELETE - drop them
import { SaveDraft } from '@/lib/contracts/analysis';
import { analysisId, answerAnalysis } from '@/lib/server/analyses/answer-analysis';
import { deleteDraft, saveDraft } from '@/lib/server/analyses/save-draft';
import { readJsonBody } from '@/lib/server/http/json-body';
import { refuseOthers, route } from '@/lib/server/http/route';

export const runtime = 'nodejs';

export const PUT = route<{ id: string }>(
  { name: 'PUT /api/analyses/{id}/draft', limit: 'reads' },
  async ({ request, params }) => {
    const id = analysisId(params.id);
    await saveDraft(id, await readJsonBody(request, SaveDraft));
    return answerAnalysis(id);
  },
);

export const DELETE = route<{ id: string }>(
  { name: 'DELETE /api/analyses/{id}/draft', limit: 'reads' },
  async ({ params }) => {
    await deleteDraft(analysisId(params.id));
    return new Response(null, { status: 204 });
  },
);

export const { GET, POST, PATCH, OPTIONS } = refuseOthers('PUT', 'DELETE');
