import type { oas31 } from 'zod-openapi';

/** An id as examples show it. */
export const EXAMPLE_ID = '5cT2nX0hY1dQk3VJw9rZbA';

/** For each operation that takes JSON, a body as somebody would send it. */
export const EXAMPLE_BODIES: Record<string, object> = {
  createAnalysis: { bytes: 4812345, type: 'image/png' },
  showImage: { series: 0, plane: 2 },
  startAnalysis: { resolution: '40x' },
  updateScoring: { size_thresh: 'auto', marker_thresh: 90, expected_revision: 1 },
  saveDraft: { marker_thresh: 90, base_revision: 1 },
  saveFeedback: { rating: 4, note: 'Lymphocytes in the upper left are counted.' },
  createBatch: { analyses: [EXAMPLE_ID], options: { resolution: '40x' } },
  addToBatch: { analyses: [EXAMPLE_ID] },
  rerunBatch: { options: { resolution: '20x' } },
  createSlide: { bytes: 1310720000 },
  ingestSlide: {},
  saveAnnotations: {
    base_revision: 0,
    annotations: [
      {
        id: 'tumour-1',
        class: 'tumour',
        name: 'Invasive front',
        polygons: [
          [
            [
              [12000, 8000],
              [16000, 8000],
              [16000, 11000],
              [12000, 11000],
            ],
          ],
        ],
      },
    ],
  },
  importAnnotations: {
    type: 'FeatureCollection',
    features: [
      {
        type: 'Feature',
        geometry: {
          type: 'Polygon',
          coordinates: [
            [
              [12000, 8000],
              [16000, 8000],
              [16000, 11000],
              [12000, 8000],
            ],
          ],
        },
        properties: { classification: { name: 'Tumor' } },
      },
    ],
  },
  keepSlide: { hours: 72 },
  startScoring: { scope: { kind: 'slide' } },
  saveSlideSettings: { base_revision: 0, size_thresh: 'auto' },
};

/** Puts the examples into an OpenAPI document. */
export function addExamples(document: oas31.OpenAPIObject): oas31.OpenAPIObject {
  for (const item of Object.values(document.paths ?? {}))
    for (const operation of Object.values(item as oas31.PathItemObject) as oas31.OperationObject[]) {
      const { content = {} } = (operation.requestBody ?? {}) as Partial<oas31.RequestBodyObject>;
      const example = EXAMPLE_BODIES[operation.operationId ?? ''];
      const json = content['application/json'];
      if (json && example) json.example = example;
    }
  return document;
}
