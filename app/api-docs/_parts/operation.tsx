import type { oas31 } from 'zod-openapi';
import { FieldsTable, SchemaLink } from './fields-table';
import { Prose } from './prose';
import type { Schema } from './schema-text';

type Props = { method: string; path: string; operation: oas31.OperationObject };

/** One endpoint with its parameters and answers. */
export function Operation({ method, path, operation }: Props) {
  const parameters = (operation.parameters ?? []) as oas31.ParameterObject[];
  const { content = {} } = (operation.requestBody ?? {}) as Partial<oas31.RequestBodyObject>;
  const bodySchema = content['multipart/form-data']?.schema as oas31.SchemaObject | undefined;
  const jsonBody = content['application/json']?.schema as Schema | undefined;
  const required = bodySchema?.required ?? [];
  const options = new Set(parameters.map((parameter) => parameter.name));
  // Options of the query are fields of the form too. They are listed once.
  const files = Object.entries(bodySchema?.properties ?? {}).filter(([name]) => !options.has(name));
  return (
    <article id={operation.operationId} className="flex scroll-mt-4 flex-col gap-4 border-line border-t pt-8">
      <h2 className="flex flex-wrap items-baseline gap-x-3 font-semibold text-lg">
        <code>
          {method.toUpperCase()} {path}
        </code>
        <span className="font-normal text-muted">{operation.summary}</span>
      </h2>
      {operation.description && <p>{operation.description}</p>}
      {files.length > 0 && (
        <FieldsTable
          caption="File parts of the multipart form"
          fields={files.map(([name, schema]) => ({
            name,
            schema: schema as Schema,
            isRequired: required.includes(name),
          }))}
        />
      )}
      {parameters.length > 0 && (
        <FieldsTable
          caption={bodySchema ? 'Options, in the query or as form fields' : 'Parameters'}
          fields={parameters.map(({ name, schema, required: isRequired = false }) => ({
            name,
            schema: schema as Schema,
            isRequired,
          }))}
        />
      )}
      {jsonBody && (
        <p className="text-sm">
          Body, as JSON: <SchemaLink schema={jsonBody} />
        </p>
      )}
      <dl className="grid grid-cols-[auto_1fr] gap-x-4 gap-y-1 text-sm">
        {Object.entries(operation.responses ?? {}).map(([status, response]) => (
          <Answer key={status} status={status} response={response as oas31.ResponseObject} />
        ))}
      </dl>
    </article>
  );
}

function Answer({ status, response }: { status: string; response: oas31.ResponseObject }) {
  const [content] = Object.values(response.content ?? {});
  const schema = content?.schema as Schema | undefined;
  return (
    <>
      <dt className="font-mono">{status}</dt>
      <dd>
        <Prose text={response.description ?? ''} />
        {schema?.$ref && Number(status) < 400 && (
          <>
            {': '}
            <SchemaLink schema={schema} />
          </>
        )}
      </dd>
    </>
  );
}
