import type { Metadata } from 'next';
import type { ReactNode } from 'react';
import type { oas31 } from 'zod-openapi';
import { SiteHeader } from '@/app/_components/site-header';
import { richText, t } from '@/app/_text/t';
import { describeApi } from '@/lib/contracts/openapi';
import { ERRORS } from '@/lib/errors';
import packageJson from '@/package.json';
import { FieldsTable } from './_parts/fields-table';
import { Fold } from './_parts/fold';
import { Operation } from './_parts/operation';
import { Prose } from './_parts/prose';
import type { Schema } from './_parts/schema-text';

export const metadata: Metadata = { title: t('API') };

const METHODS = ['get', 'post', 'put', 'patch', 'delete'] as const;

/** The parts of the page: an operation is in the first one that its address fits. */
const PARTS = [
  { id: 'one-image', title: t('One image'), path: /^\/api\/(infer|batch|postprocess)\b/ },
  { id: 'analyses', title: t('Stored analyses'), path: /^\/api\/analyses\b/ },
  { id: 'batches', title: t('Batches'), path: /^\/api\/batches\b/ },
  { id: 'slides', title: t('Whole slides'), path: /^\/api\/slides\b/ },
  { id: 'server', title: t('The server'), path: /^/ },
];

const LINK = 'text-hematoxylin underline underline-offset-2';

const linkTo = (href: string) => (words: ReactNode) => (
  <a key={href} href={href} className={LINK}>
    {words}
  </a>
);

/** The OpenAPI document for people, made from what /api/openapi.json serves. */
export default function ApiDocsPage() {
  const { info, paths = {}, components } = describeApi(packageJson.version);
  const operations = Object.entries(paths).flatMap(([path, item]) =>
    METHODS.flatMap((method) => {
      const operation = (item as oas31.PathItemObject)[method];
      return operation ? [{ path, method, operation }] : [];
    }),
  );
  const parts = PARTS.map((part) => ({
    ...part,
    operations: operations.filter(({ path }) => PARTS.find((other) => other.path.test(path)) === part),
  }));
  const schemas = Object.entries(components?.schemas ?? {});
  return (
    <>
      <SiteHeader />
      <main className="mx-auto flex w-full max-w-5xl flex-col gap-8 wrap-break-word px-4 pt-6 pb-16 sm:px-6">
        <header className="flex max-w-text flex-col gap-3">
          <h1 className="font-semibold text-2xl tracking-tight">{t('API')}</h1>
          <p>
            <Prose text={info.description ?? ''} />
          </p>
          <p>
            {richText('The machine-readable form is <a>/api/openapi.json</a>, version {version}.', {
              version: info.version,
              a: linkTo('/api/openapi.json'),
            })}
          </p>
          <p>
            {richText(
              'To download: the <plugin>plugin for ImageJ and Fiji</plugin>, and the <client>client for Java programs and for scripts in QuPath</client>.',
              { plugin: linkTo('/downloads/restain-imagej.jar'), client: linkTo('/downloads/restain-client.jar') },
            )}
          </p>
        </header>
        <nav aria-label={t('Contents')} className="flex flex-wrap gap-x-5 gap-y-2">
          {[...parts, { id: 'objects', title: t('Objects') }, { id: 'errors', title: t('Errors') }].map(
            ({ id, title }) => (
              <a key={id} href={`#${id}`} className={LINK}>
                {title}
              </a>
            ),
          )}
        </nav>
        {parts.map(({ id, title, operations: own }) => (
          <section key={id} id={id} className="scroll-mt-4">
            <h2 className="pb-2 font-semibold text-lg">{title}</h2>
            {own.map((entry) => (
              <Operation key={entry.operation.operationId} {...entry} />
            ))}
          </section>
        ))}
        <section>
          <h2 className="pb-2 font-semibold text-lg">{t('Objects of requests and answers')}</h2>
          <Fold id="objects" title={t('All {count}', { count: schemas.length })}>
            <div>
              {schemas.map(([name, schema]) => (
                <SharedSchema key={name} name={name} schema={schema as oas31.SchemaObject} />
              ))}
            </div>
          </Fold>
        </section>
        <ErrorList />
      </main>
    </>
  );
}

function SharedSchema({ name, schema }: { name: string; schema: oas31.SchemaObject }) {
  const fields = Object.entries(schema.properties ?? {}).map(([field, value]) => ({
    name: field,
    schema: value as Schema,
    isRequired: schema.required?.includes(field) ?? false,
  }));
  return (
    <Fold id={`schema-${name}`} title={<h3 className="inline font-semibold">{name}</h3>}>
      {schema.description && (
        <p className="text-sm">
          <Prose text={schema.description} />
        </p>
      )}
      <FieldsTable caption={t('Fields of {name}', { name })} fields={fields} />
    </Fold>
  );
}

/** Every code has an anchor here, which the `type` of a problem document points to. */
function ErrorList() {
  return (
    <section id="errors" className="flex scroll-mt-4 flex-col gap-3">
      <h2 className="font-semibold text-lg">{t('Errors')}</h2>
      <p className="max-w-text">
        {richText(
          'Every failure is an <type>application/problem+json</type> document (RFC 9457). Decide by its <field>code</field>.',
          { type: (words) => <code key="type">{words}</code>, field: (words) => <code key="field">{words}</code> },
        )}
      </p>
      <dl className="grid grid-cols-[minmax(0,auto)_auto_minmax(0,1fr)] gap-x-4 gap-y-1 text-sm">
        {Object.entries(ERRORS).map(([code, { status, title }]) => (
          <div key={code} className="contents">
            <dt id={code} className="wrap-anywhere scroll-mt-4 font-mono target:underline">
              {code}
            </dt>
            <dd className="text-muted">{status}</dd>
            <dd className="wrap-anywhere">{title}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}
