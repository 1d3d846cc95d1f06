import { describe, expect, it } from 'vitest';
import { schemaText } from './schema-text';

describe('schemaText', () => {
  it.each([
    [{ type: 'integer', minimum: 0, maximum: 254 }, 'integer 0 to 254'],
    [
      {
        anyOf: [
          { type: 'integer', minimum: 0 },
          { type: 'string', enum: ['auto'] },
        ],
      },
      'integer from 0 or auto',
    ],
    [{ type: 'string', enum: ['10x', '20x'] }, '10x | 20x'],
    [{ type: 'array', items: { $ref: '#/components/schemas/Cell' } }, 'list of Cell'],
    [{ type: 'array', prefixItems: [{ type: 'number' }, { type: 'number' }] }, '[number, number]'],
    [{ type: 'string', format: 'binary' }, 'file'],
  ] as const)('says %j as %s', (schema, text) => {
    expect(schemaText(schema as never)).toBe(text);
  });
});
