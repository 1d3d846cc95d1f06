import type { oas31 } from 'zod-openapi';

export type Schema = oas31.SchemaObject | oas31.ReferenceObject;

const REF = '#/components/schemas/';

/** The name of a shared schema, or undefined for others. */
export const sharedName = (schema: Schema) => schema.$ref?.replace(REF, '');

/** A schema in a few words: `integer 0 to 254`, `auto`, `list of Cell`. */
export function schemaText(schema: Schema): string {
  const name = sharedName(schema);
  if (name !== undefined) return name;
  const {
    type,
    enum: values,
    anyOf,
    items,
    prefixItems,
    format,
    additionalProperties: rest,
  } = schema as oas31.SchemaObject;
  if (anyOf) return anyOf.map((part) => schemaText(part as Schema)).join(' or ');
  if (values) return values.join(' | ');
  if (prefixItems) return `[${prefixItems.map((part) => schemaText(part as Schema)).join(', ')}]`;
  if (typeof items === 'object') return `list of ${schemaText(items as Schema)}`;
  if (format === 'binary') return 'file';
  if (type === 'object' && typeof rest === 'object') return `map to ${schemaText(rest as Schema)}`;
  return [Array.isArray(type) ? type.join(' or ') : (type ?? 'any'), boundsText(schema as oas31.SchemaObject)]
    .filter(Boolean)
    .join(' ');
}

function boundsText({ minimum, maximum }: oas31.SchemaObject): string {
  if (minimum !== undefined && maximum !== undefined) return `${minimum} to ${maximum}`;
  if (minimum !== undefined) return `from ${minimum}`;
  return maximum === undefined ? '' : `to ${maximum}`;
}
