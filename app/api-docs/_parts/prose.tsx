/** A description. Text between backticks is shown as code. */
export function Prose({ text }: { text: string }) {
  return text.split('`').map((part, i) =>
    // The parts of a constant text never move.
    // biome-ignore lint/suspicious/noArrayIndexKey: see above
    i % 2 === 0 ? part : <code key={i}>{part}</code>,
  );
}
