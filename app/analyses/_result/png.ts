/** The bytes of a base64 text. */
export function decodeBase64(base64: string): Uint8Array<ArrayBuffer> {
  const text = atob(base64);
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
  return bytes;
}

/** Base64 characters that hold a PNG's first 24 bytes: signature, chunk length and name, width, height. */
const HEADER_CHARACTERS = 32;

/** Width and height of a PNG in base64, from its header alone. */
export function readPngSize(base64: string): { width: number; height: number } {
  const header = new DataView(decodeBase64(base64.slice(0, HEADER_CHARACTERS)).buffer);
  return { width: header.getUint32(16), height: header.getUint32(20) };
}
