/** Keys whose contents are values, not schemas. */
const VALUES = ['example', 'examples', 'default', 'enum'];

type Node = Record<string, unknown>;

/**
 * Rewrites a document for client generators, which do not know all of OpenAPI 3.1: a tuple becomes an array of fixed
 * length, a constant an enum with one value.
 */
export function inPlainWords<T>(tree: T): T {
  if (Array.isArray(tree)) return tree.map(inPlainWords) as T;
  if (typeof tree !== 'object' || tree === null) return tree;
  const node = Object.fromEntries(
    Object.entries(tree).map(([key, value]) => [key, VALUES.includes(key) ? value : inPlainWords(value)]),
  );
  return plainTuple(plainConstant(node)) as T;
}

/** A property can be named `const`, so only a plain value is taken as a constant. */
function plainConstant(node: Node): Node {
  if (!('const' in node) || typeof node.const === 'object') return node;
  const { const: only, ...others } = node;
  return { type: typeof only, ...others, enum: [only] };
}

function plainTuple(node: Node): Node {
  if (!Array.isArray(node.prefixItems)) return node;
  const { prefixItems: items, ...others } = node;
  const kinds = [...new Map((items as unknown[]).map((item) => [JSON.stringify(item), item])).values()];
  return {
    ...others,
    items: kinds.length === 1 ? kinds[0] : { anyOf: kinds },
    minItems: (items as unknown[]).length,
    maxItems: (items as unknown[]).length,
  };
}
