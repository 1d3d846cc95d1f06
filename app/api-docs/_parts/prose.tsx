/** A description, with what stands between backticks as code. */
export function Prose({ text }: { text: string }) {
  return text.split('`').map((part, i) =>
    // The parts of one constant text never change places.
    // biome-ignore lint/suspicious/noArrayIndexKey: see above
    i % 2 === 0 ? part : <code key={i}>{part}</code>,
  );
}
