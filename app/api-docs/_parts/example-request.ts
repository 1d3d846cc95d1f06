import type { oas31 } from 'zod-openapi';

type Example = { curl: string; python: string };

const SERVER = 'http://localhost:3000';

/** What a file part is called on the disk of whoever sends it. */
const FILES: Record<string, string> = { img: 'field.png', seg_img: 'Seg.png', marker_img: 'Marker.png' };

/** Options that a first request states. */
const FIRST_OPTIONS: Record<string, string> = { resolution: '40x' };

/** One operation as a line of a shell and as a few lines of Python, ready to be pasted. */
export function exampleOf(method: string, path: string, operation: oas31.OperationObject): Example {
  const parameters = (operation.parameters ?? []) as oas31.ParameterObject[];
  const { content = {} } = (operation.requestBody ?? {}) as Partial<oas31.RequestBodyObject>;
  const form = content['multipart/form-data']?.schema as oas31.SchemaObject | undefined;
  const json = content['application/json']?.example as object | undefined;
  const files = (form?.required ?? []).filter((name) => FILES[name]);
  const query = Object.entries(FIRST_OPTIONS).filter(([name]) => form && parameters.some((p) => p.name === name));
  const headers = parameters.filter((p) => p.in === 'header').map((p) => [p.name, '1'] as const);
  const address =
    SERVER +
    path.replace(/\{(\w+)\}/g, (_, name: string) => String(exampleValue(parameters.find((p) => p.name === name))));
  const saved = savedAs(parameters, operation);
  const search = query.map(([name, value]) => `${name}=${value}`).join('&');

  const curl = [
    method === 'get' || (method === 'post' && (files.length > 0 || json)) ? '' : `-X ${method.toUpperCase()}`,
    shellQuoted(search ? `${address}?${search}` : address),
    ...headers.map(([name, value]) => `-H '${name}: ${value}'`),
    ...files.map((name) => `-F ${name}=@${FILES[name]}`),
    ...(json ? [`-H 'Content-Type: application/json'`, `-d ${shellQuoted(JSON.stringify(json))}`] : []),
    // An error is told, and leaves no file that looks like the wanted one.
    ...(saved ? [`-f -o ${saved}`] : []),
  ];

  const python = [
    `'${address}'`,
    ...(query.length > 0 ? [`params=${inPython(Object.fromEntries(query))}`] : []),
    ...(headers.length > 0 ? [`headers=${inPython(Object.fromEntries(headers))}`] : []),
    ...(files.length > 0
      ? [`files={${files.map((name) => `'${name}': open('${FILES[name]}', 'rb')`).join(', ')}}`]
      : []),
    ...(json ? [`json=${inPython(json)}`] : []),
  ];
  const isEmpty = '204' in (operation.responses ?? {});
  const last = saved ? `open('${saved}', 'wb').write(answer.content)` : isEmpty ? null : 'print(answer.json())';
  return {
    curl: ['curl', ...curl.filter(Boolean)].join(' '),
    python: [
      'import requests',
      '',
      `answer = requests.${method}(${python.join(', ')})`,
      'answer.raise_for_status()',
      ...(last ? [last] : []),
    ].join('\n'),
  };
}

/** The file that an answer goes into, where it is no JSON: the one that the address names, or a plain name. */
function savedAs(parameters: readonly oas31.ParameterObject[], { responses = {} }: oas31.OperationObject) {
  const [success] = Object.values(responses) as oas31.ResponseObject[];
  const types = Object.keys(success?.content ?? {});
  const name = parameters.find((p) => p.in === 'path' && p.name === 'name');
  if (name) return String(exampleValue(name));
  const ending = {
    'text/csv': 'table.csv',
    'application/zip': 'all.zip',
    'application/pdf': 'reports.pdf',
    'application/octet-stream': 'answer.bin',
    'image/webp': 'thumbnail.webp',
  };
  return types[0] === 'application/json' ? null : (ending[types[0] as keyof typeof ending] ?? null);
}

const exampleValue = (parameter?: oas31.ParameterObject): unknown =>
  parameter?.example ?? (parameter?.schema as oas31.SchemaObject | undefined)?.example ?? parameter?.name.toUpperCase();

const shellQuoted = (text: string) => (/^[\w:/.@-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`);

/** A JSON value as Python writes it. */
function inPython(value: unknown): string {
  if (value === null) return 'None';
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  if (typeof value === 'string') return `'${value.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
  if (Array.isArray(value)) return `[${value.map(inPython).join(', ')}]`;
  if (typeof value === 'object')
    return `{${Object.entries(value)
      .map(([name, item]) => `${inPython(name)}: ${inPython(item)}`)
      .join(', ')}}`;
  return String(value);
}
