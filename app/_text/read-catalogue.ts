import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseSync, Visitor } from 'vite';

const FUNCTIONS = new Set(['t', 'richText']);

/** The messages that a module looks up. Throws where one is not a quoted literal. */
export function messagesIn(file: string, code: string): string[] {
  const { program, errors } = parseSync(file, code);
  if (errors[0] !== undefined) throw new Error(`${file}: ${errors[0].message}`);
  const messages: string[] = [];
  new Visitor({
    CallExpression({ callee, arguments: [message], start }) {
      if (callee.type !== 'Identifier' || !FUNCTIONS.has(callee.name)) return;
      if (message?.type !== 'Literal' || typeof message.value !== 'string') {
        throw new Error(`${file}: the message is not a quoted literal: ${code.slice(start, start + 60)}`);
      }
      messages.push(message.value);
    },
  }).visit(program);
  return messages;
}

/** The catalogue of the code in a folder: each message, with itself as its English, in the order of the alphabet. */
export function readCatalogue(folder: string): Record<string, string> {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => /(?<!\.test)\.tsx?$/.test(file))
    .map((file) => join(folder, file));
  const messages = files
    .filter((file) => !file.endsWith(join('_text', 't.ts')))
    .flatMap((file) => messagesIn(file, readFileSync(file, 'utf8')));
  const sorted = [...new Set(messages)].sort((a, b) => (a < b ? -1 : 1));
  return Object.fromEntries(sorted.map((message) => [message, message]));
}
