import { Prose } from './prose';
import { type Schema, schemaText, sharedName } from './schema-text';

export type Field = { name: string; schema: Schema; isRequired: boolean };

/** The fields of an object, or the options of a request. */
export function FieldsTable({ caption, fields }: { caption: string; fields: readonly Field[] }) {
  return (
    <section className="overflow-x-auto" aria-label={caption}>
      <table className="w-full min-w-xl border-collapse text-left text-sm">
        <caption className="sr-only">{caption}</caption>
        <thead>
          <tr className="border-line border-b text-muted">
            <th className="py-2 pr-4 font-medium">Name</th>
            <th className="py-2 pr-4 font-medium">Value</th>
            <th className="py-2 font-medium">Meaning</th>
          </tr>
        </thead>
        <tbody>
          {fields.map(({ name, schema, isRequired }) => (
            <tr key={name} className="border-line border-b align-top">
              <td className="py-2 pr-4 font-mono">
                {name}
                {isRequired && <span className="font-sans text-muted text-xs"> required</span>}
              </td>
              <td className="py-2 pr-4 text-muted">
                <SchemaLink schema={schema} />
              </td>
              <td className="py-2">
                <Prose text={schema.description ?? ''} />
                {'default' in schema && !Array.isArray(schema.default) && (
                  <span className="text-muted"> Default: {String(schema.default)}.</span>
                )}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

/** A type in words; a shared one leads to its description. */
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
