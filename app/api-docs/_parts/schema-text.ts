import type { oas31 } from 'zod-openapi';
import { t } from '@/app/_text/t';

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
  if (anyOf) return oneOf(anyOf.map((part) => schemaText(part as Schema)));
  if (values) return values.join(' | ');
  if (prefixItems) return `[${prefixItems.map((part) => schemaText(part as Schema)).join(', ')}]`;
  if (typeof items === 'object') return t('list of {items}', { items: schemaText(items as Schema) });
  if (format === 'binary') return t('file');
  if (type === 'object' && typeof rest === 'object')
    return t('map to {values}', { values: schemaText(rest as Schema) });
  return [Array.isArray(type) ? oneOf(type) : (type ?? t('any')), boundsText(schema as oas31.SchemaObject)]
    .filter(Boolean)
    .join(' ');
}

const oneOf = (names: readonly string[]) => names.reduce((first, next) => t('{first} or {next}', { first, next }));

function boundsText({ minimum, maximum }: oas31.SchemaObject): string {
  if (minimum !== undefined && maximum !== undefined) return t('{low} to {high}', { low: minimum, high: maximum });
  if (minimum !== undefined) return t('from {low}', { low: minimum });
  return maximum === undefined ? '' : t('to {high}', { high: maximum });
}
