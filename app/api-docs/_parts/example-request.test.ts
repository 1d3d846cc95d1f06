import { describe, expect, it } from 'vitest';
import type { oas31 } from 'zod-openapi';
import { describeApi } from '@/lib/contracts/openapi';
import { exampleOf } from './example-request';

const { paths = {} } = describeApi('1.2.3');
const example = (method: 'get' | 'post' | 'put' | 'delete', path: string) =>
  exampleOf(method, path, (paths[path] as oas31.PathItemObject)[method] as oas31.OperationObject);

describe('exampleOf', () => {
  it('sends an image as a form with its magnification', () => {
    const { curl, python } = example('post', '/api/infer');
    expect(curl).toBe("curl 'http://localhost:3000/api/infer?resolution=40x' -F img=@field.png");
    expect(python.split('\n')[2]).toBe(
      "answer = requests.post('http://localhost:3000/api/infer', params={'resolution': '40x'}, files={'img': open('field.png', 'rb')})",
    );
  });

  it('sends all files that are required, and no others', () => {
    expect(example('post', '/api/postprocess').curl).toContain('-F img=@field.png -F seg_img=@Seg.png');
    expect(example('post', '/api/postprocess').curl).not.toContain('marker_img');
  });

  it('sends JSON with its headers', () => {
    const { curl, python } = example('post', '/api/slides');
    expect(curl).toBe(
      `curl http://localhost:3000/api/slides -H 'Restain-Terms: 1' -H 'Content-Type: application/json' -d '{"bytes":1310720000}'`,
    );
    expect(python).toContain("headers={'Restain-Terms': '1'}, json={'bytes': 1310720000}");
  });

  it('names the method where curl would take another one, and prints no answer that is empty', () => {
    const { curl, python } = example('delete', '/api/analyses/{id}');
    expect(curl).toMatch(/^curl -X DELETE http:\/\/localhost:3000\/api\/analyses\/[\w-]{22}$/);
    expect(python).not.toContain('answer.json()');
    expect(example('post', '/api/analyses/{id}/cancel').curl).toContain('-X POST');
  });

  it('writes a file where the answer is one', () => {
    const { curl, python } = example('get', '/api/analyses/{id}/exports/{name}');
    expect(curl).toMatch(/exports\/nuclei\.csv -f -o nuclei\.csv$/);
    expect(python).toContain("open('nuclei.csv', 'wb').write(answer.content)");
  });

  it('reads JSON only where the answer is JSON', () => {
    for (const [path, item] of Object.entries(paths))
      for (const method of ['get', 'post', 'put', 'delete'] as const) {
        const operation = item[method];
        const [success] = Object.values(operation?.responses ?? {}) as oas31.ResponseObject[];
        const isJson = Object.keys(success?.content ?? {})[0] === 'application/json';
        if (operation)
          expect(exampleOf(method, path, operation).python.includes('.json()'), `${method} ${path}`).toBe(isJson);
      }
  });

  it('writes JSON as Python does', () => {
    const body = {
      content: { 'application/json': { example: { a: [true, false, null], "it's": 'back\\slash', n: -1.5 } } },
    };
    const { curl, python } = exampleOf('put', '/x', { requestBody: body, responses: {} });
    expect(python).toContain("json={'a': [True, False, None], 'it\\'s': 'back\\\\slash', 'n': -1.5}");
    expect(curl).toContain(`"it'\\''s"`);
  });
});
