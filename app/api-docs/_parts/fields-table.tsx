import { t } from '@/app/_text/t';
import { Prose } from './prose';
import { type Schema, schemaText, sharedName } from './schema-text';

export type Field = { name: string; schema: Schema; isRequired: boolean };

/** A table of an object's fields or of a request's options. */
export function FieldsTable({ caption, fields }: { caption: string; fields: readonly Field[] }) {
  return (
    // On a phone each row is a paragraph, because three columns are too narrow.
    <table className="w-full border-collapse text-left text-sm max-sm:block">
      <caption className="pb-1 text-left font-medium max-sm:block">{caption}</caption>
      <thead className="max-sm:hidden">
        <tr className="border-line border-b text-muted">
          <th className="py-2 pr-4 font-medium">{t('Name')}</th>
          <th className="py-2 pr-4 font-medium">{t('Value')}</th>
          <th className="py-2 font-medium">{t('Meaning')}</th>
        </tr>
      </thead>
      <tbody className="max-sm:block">
        {fields.map((field) => (
          <FieldRow key={field.name} {...field} />
        ))}
      </tbody>
    </table>
  );
}

function FieldRow({ name, schema, isRequired }: Field) {
  return (
    <tr className="border-line border-b align-top max-sm:flex max-sm:flex-wrap max-sm:gap-x-3 max-sm:py-2">
      <td className="font-mono sm:py-2 sm:pr-4">
        {name}
        {isRequired && <span className="font-sans text-muted text-xs"> {t('required')}</span>}
      </td>
      <td className="text-muted sm:py-2 sm:pr-4">
        <SchemaLink schema={schema} />
      </td>
      <td className="max-sm:w-full sm:py-2">
        <Prose text={schema.description ?? ''} />
        {'default' in schema && !Array.isArray(schema.default) && (
          <span className="text-muted"> {t('Default: {value}.', { value: String(schema.default) })}</span>
        )}
      </td>
    </tr>
  );
}

/** A type as text. A shared schema is a link to its description. */
export function SchemaLink({ schema }: { schema: Schema }) {
  const items = 'items' in schema && typeof schema.items === 'object' ? (schema.items as Schema) : undefined;
  const name = sharedName(schema) ?? (items && sharedName(items));
  if (name === undefined) return schemaText(schema);
  return (
    <a href={`#schema-${name}`} className="text-hematoxylin underline underline-offset-2">
      {schemaText(schema)}
    </a>
  );
}
