/** A message in parts: text, a value, words chosen by the plural of a value, an element round a message. */
export type Part =
  | string
  | { readonly type: 'value'; readonly name: string }
  | { readonly type: 'plural'; readonly name: string; readonly choices: Record<string, Part[]> }
  | { readonly type: 'tag'; readonly name: string; readonly children: Part[] };

const TOKEN = /\{(\w+)\}|\{(\w+), plural, |<(\w+)>|<\/\w+>|\}/y;
const CHOICE = /\s*(zero|one|two|few|many|other) \{/y;

/**
 * Reads a message in the part of ICU's form that the catalogue needs: values, plurals, elements. A library that reads all of
 * it would be 10 kB of script on every page; a test compares this with one for every message.
 *
 * @throws SyntaxError where a bracket is not closed
 */
export function parseMessage(message: string): Part[] {
  let at = 0;
  const read = (pattern: RegExp) => {
    pattern.lastIndex = at;
    const found = pattern.exec(message);
    if (found) at = pattern.lastIndex;
    return found;
  };
  const fail = () => new SyntaxError(`the message cannot be read from character ${at} on: ${message}`);

  function parts(isInner: boolean): Part[] {
    const found: Part[] = [];
    while (at < message.length) {
      const token = read(TOKEN);
      if (!token) {
        found.push(`${typeof found.at(-1) === 'string' ? found.pop() : ''}${message[at++]}`);
        continue;
      }
      const [text, value, plural, tag] = token;
      if (value !== undefined) found.push({ type: 'value', name: value });
      else if (plural !== undefined) found.push({ type: 'plural', name: plural, choices: choices() });
      else if (tag !== undefined) found.push({ type: 'tag', name: tag, children: parts(true) });
      else if (isInner) return found;
      else throw new SyntaxError(`${text} opens nowhere: ${message}`);
    }
    if (isInner) throw fail();
    return found;
  }

  function choices(): Record<string, Part[]> {
    const found: Record<string, Part[]> = {};
    for (let choice = read(CHOICE); choice; choice = read(CHOICE)) found[choice[1] ?? ''] = parts(true);
    if (message[at++] !== '}' || found.other === undefined) throw fail();
    return found;
  }

  return parts(false);
}
