/**
 * Copies the colours of some pixels without the samples beyond them; grey is repeated where the target is RGB.
 *
 * @param channels - samples a pixel; 3 or more = the first three are colours, else the first is grey
 * @param start - first pixel, `end` is exclusive; the pixels have the same places in both
 */
export function copyColours(
  samples: Uint8Array,
  channels: number,
  to: Uint8Array | Uint16Array,
  toChannels: number,
  start: number,
  end: number,
): void {
  const [second, third] = channels >= 3 ? [1, 2] : [0, 0];
  let at = start * channels;
  let out = start * toChannels;
  if (toChannels === 1) for (; out < end; at += channels) to[out++] = samples[at];
  else
    for (const last = end * channels; at < last; at += channels) {
      to[out] = samples[at];
      to[out + 1] = samples[at + second];
      to[out + 2] = samples[at + third];
      out += 3;
    }
}

/** Whether every `channels`-th sample from `at` on is the same. */
export function isUniform(samples: Uint8Array, at: number, channels: number): boolean {
  const first = samples[at];
  for (; at < samples.length; at += channels) if (samples[at] !== first) return false;
  return true;
}
