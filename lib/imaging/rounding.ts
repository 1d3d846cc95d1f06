/** Nearest integer, halves to the even one (IEEE 754 roundTiesToEven; what Python and NumPy do). */
export function roundHalfEven(value: number): number {
  const below = Math.floor(value);
  const rest = value - below;
  if (rest < 0.5) return below;
  if (rest > 0.5) return below + 1;
  return below % 2 === 0 ? below : below + 1;
}

/**
 * A non-negative number to one decimal, exact on the binary value, halves to the even digit.
 *
 * `toFixed` is exact but rounds ties up. Only n.25 and n.75 can be ties in binary, and only n.25 has an even digit below.
 */
export function roundToTenth(value: number): number {
  const whole = Math.floor(value);
  return value - whole === 0.25 ? whole + 0.2 : Number(value.toFixed(1));
}
