import type { oas31 } from 'zod-openapi';
import { richText, t } from '@/app/_text/t';
import { exampleOf } from './example-request';
import { FieldsTable, SchemaLink } from './fields-table';
import { Fold } from './fold';
import { Prose } from './prose';
import type { Schema } from './schema-text';

type Props = { method: string; path: string; operation: oas31.OperationObject };

/** One endpoint with its parameters, an example, and its answers. It opens on a press, and when its address is followed. */
export function Operation({ method, path, operation }: Props) {
  const parameters = (operation.parameters ?? []) as oas31.ParameterObject[];
  const { content = {} } = (operation.requestBody ?? {}) as Partial<oas31.RequestBodyObject>;
  const bodySchema = content['multipart/form-data']?.schema as oas31.SchemaObject | undefined;
  const jsonBody = content['application/json']?.schema as Schema | undefined;
  const required = bodySchema?.required ?? [];
  const options = new Set(parameters.map((parameter) => parameter.name));
  // Options of the query are fields of the form too. They are listed once.
  const files = Object.entries(bodySchema?.properties ?? {}).filter(([name]) => !options.has(name));
  const example = exampleOf(method, path, operation);
  return (
    <Fold
      id={operation.operationId}
      title={
        <h3 className="inline">
          <code className="wrap-anywhere font-semibold">
            {method.toUpperCase()} {path}
          </code>{' '}
          <span className="text-muted text-sm">{operation.summary}</span>
        </h3>
      }
    >
      {operation.description && (
        <p>
          <Prose text={operation.description} />
        </p>
      )}
      <Code label={`curl: ${operation.summary}`} text={example.curl} />
      <Code label={`Python: ${operation.summary}`} text={example.python} />
      {files.length > 0 && (
        <FieldsTable
          caption={t('File parts of the multipart form')}
          fields={files.map(([name, schema]) => ({
            name,
            schema: schema as Schema,
            isRequired: required.includes(name),
          }))}
        />
      )}
      {parameters.length > 0 && (
        <FieldsTable
          caption={bodySchema ? t('Options, in the query or as form fields') : t('Parameters')}
          fields={parameters.map(({ name, schema, required: isRequired = false }) => ({
            name,
            schema: schema as Schema,
            isRequired,
          }))}
        />
      )}
      {jsonBody && (
        <p className="text-sm">
          {richText('Body, as JSON: {schema}', { schema: <SchemaLink key="schema" schema={jsonBody} /> })}
        </p>
      )}
      <dl className="grid grid-cols-[auto_minmax(0,1fr)] gap-x-4 gap-y-1 text-sm">
        {Object.entries(operation.responses ?? {}).map(([status, response]) => (
          <Answer key={status} status={status} response={response as oas31.ResponseObject} />
        ))}
      </dl>
    </Fold>
  );
}

/** Frames that scroll must be reachable by the keyboard. */
function Code({ label, text }: { label: string; text: string }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls
    <section aria-label={label} tabIndex={0} className="overflow-x-auto rounded-md bg-surface p-3 text-sm">
      <pre>
        <code>{text}</code>
      </pre>
    </section>
  );
}

function Answer({ status, response }: { status: string; response: oas31.ResponseObject }) {
  const [content] = Object.values(response.content ?? {});
  const schema = content?.schema as Schema | undefined;
  return (
    <>
      <dt className="font-mono">{status}</dt>
      <dd className="wrap-anywhere">
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
